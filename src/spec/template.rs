//! The documents that `tme new` writes: commented, small, and running in seconds.

/// Name of the file and its text; they belong into one folder.
pub fn template() -> &'static [(&'static str, &'static str)] {
    &[
        ("model.toml", include_str!("template/model.toml")),
        ("scenario.toml", include_str!("template/scenario.toml")),
        ("study.toml", include_str!("template/study.toml")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::super::load;
    use super::*;

    #[test]
    fn templates_pass_the_check_without_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in template() {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        for (name, _) in template() {
            let report = check(&load(&folder.path().join(name), &[]).unwrap());
            assert_eq!(report.problems, [], "{name}");
        }
    }
}
