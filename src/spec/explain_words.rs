//! The words of explanations: values with the number of their source, conditions and rules as sentences and formulas,
//! lines of 80 columns.

use super::toml_text::{inline, written};
use super::tree::{Node, Value};

const WIDTH: usize = 80;

/// A text in the making, and the sources it has cited so far.
#[derive(Default)]
pub struct Page {
    out: String,
    sources: Vec<String>,
}

impl Page {
    pub fn title(&mut self, text: &str) {
        self.out += &format!("{}\n", wrap(text, "", ""));
    }

    pub fn heading(&mut self, text: &str) {
        self.out += &format!("\n{text}\n{}\n", "-".repeat(text.chars().count()));
    }

    pub fn paragraph(&mut self, text: &str) {
        self.out += &format!("\n{}\n", wrap(text, "", ""));
    }

    pub fn item(&mut self, text: &str) {
        self.out += &format!("{}\n", wrap(text, "- ", "  "));
    }

    /// The text with the list of sources.
    pub fn finish(mut self) -> String {
        let sources = std::mem::take(&mut self.sources);
        if !sources.is_empty() {
            self.heading("Sources");
            self.paragraph("S read at the source, D derived, K commonly quoted, A assumed.");
            for (i, source) in sources.iter().enumerate() {
                let number = format!("[{}] ", i + 1);
                self.out += &format!("{}\n", wrap(source, &number, "    "));
            }
        }
        self.out
    }

    /// The number of the source of a value or thing, with a blank before it.
    pub fn cite(&mut self, node: &Node) -> String {
        let Some(source) = node.get("source").and_then(Node::text) else { return String::new() };
        let at = self.sources.iter().position(|s| s == source).unwrap_or_else(|| {
            self.sources.push(source.to_string());
            self.sources.len() - 1
        });
        format!(" [{}]", at + 1)
    }

    /// A value as written, with the number of its source.
    pub fn value(&mut self, node: &Node) -> String {
        let cite = self.cite(node);
        let text = match &node.value {
            Value::Table(t) if t.get("value").is_some() => node.get("value").map(plain).unwrap_or_default(),
            Value::Table(t) if t.get("dist").is_some() => {
                let keys =
                    written(t).into_iter().filter(|(k, _)| !["dist", "source", "note"].contains(&k.as_str()));
                let keys: Vec<String> = keys.map(|(k, e)| format!("{k} {}", plain(&e.node))).collect();
                let name = node.get("dist").and_then(Node::text).unwrap_or_default().replace('_', " ");
                format!("{name} ({})", keys.join(", "))
            }
            _ => plain(node),
        };
        text + &cite
    }

    /// The value at a key of a table.
    pub fn key(&mut self, node: &Node, key: &str) -> String {
        node.get(key).map(|n| self.value(n)).unwrap_or_default()
    }

    /// All other keys of a table with their values.
    pub fn rest(&mut self, node: &Node, skip: &[&str]) -> String {
        let mut parts = Vec::new();
        for (key, entry) in node.table().map(written).unwrap_or_default() {
            let key = key.as_str();
            if skip.contains(&key)
                || ["label", "note", "source", "enabled", "mechanism", "abstract", "is_a"].contains(&key)
            {
                continue;
            }
            let inner = &entry.node;
            parts.push(if inner.is_leaf() {
                format!("{} {}", key.replace('_', " "), self.value(inner))
            } else {
                format!("{} ({})", key.replace('_', " "), self.rest(inner, &[]))
            });
        }
        if let Some(note) = node.get("note").and_then(Node::text) {
            parts.push(note.to_string());
        }
        parts.join("; ")
    }

    /// A rule as a sentence.
    pub fn rule(&mut self, id: &str, node: &Node) -> String {
        let mut out = format!("{id}: ");
        if let Some(cell) = node.get("cell").and_then(Node::text) {
            out += &format!("in {cell}, ");
        }
        let mut when = Vec::new();
        if node.get("signal").is_some() {
            when.push(self.condition(node));
        }
        for (key, before, between) in
            [("all", "", " and "), ("any", "", " or "), ("none", "absence of ", " and of ")]
        {
            let conditions = self.group(node, key);
            if !conditions.is_empty() {
                when.push(format!("{before}{}", conditions.join(between)));
            }
        }
        let what = behavior(node.get("behavior").and_then(Node::text).unwrap_or_default());
        let verb = node.get("effect").and_then(Node::text).unwrap_or_default();
        let fold = node.get("fold").map(|n| self.value(n));
        let target = match (fold, verb) {
            (Some(fold), "scale") => format!("by {fold}"),
            (Some(fold), _) => format!("toward {fold} times its base"),
            (None, _) => format!("toward {}", self.key(node, "to")),
        };
        let when = if when.is_empty() { "always".to_string() } else { when.join(" and ") };
        out + &format!("{when} {verb}s {what} {target}")
    }

    fn group(&mut self, node: &Node, key: &str) -> Vec<String> {
        match node.get(key).map(|n| &n.value) {
            Some(Value::Array(list)) => list.iter().map(|n| self.condition(n)).collect(),
            _ => Vec::new(),
        }
    }

    /// A condition: the signal and where it acts.
    fn condition(&mut self, node: &Node) -> String {
        let s = signal(node.get("signal").and_then(Node::text).unwrap_or_default());
        if let Some(r) = node.get("hill") {
            let (half, power) = (self.key(r, "half"), self.key(r, "power"));
            return format!("{s} (half at {half}, Hill power {power})");
        }
        if let Some(r) = node.get("linear") {
            return format!("{s} from {} to {}", self.key(r, "zero"), self.key(r, "one"));
        }
        if let Some(r) = node.get("step") {
            let side = if r.get("above").is_some() { "above" } else { "below" };
            return format!("{s} {side} {}", self.key(r, side));
        }
        let Some(r) = node.get("window") else { return s };
        let ends = ["zero", "one", "one_end", "zero_end"].map(|k| self.key(r, k));
        format!("{s} between {} and {} (nothing below {} and above {})", ends[1], ends[2], ends[0], ends[3])
    }

    /// The law of an interaction, on lines of its own; a parent has none of its own.
    pub fn contact(&mut self, node: &Node) {
        let bare = |key: &str| node.get(key).map(|n| plain(n.get("value").unwrap_or(n)));
        let Some(rate) = bare("rate") else { return };
        let touches = bare("kind").is_some_and(|kind| kind == "touch");
        let all = bare("attend").map_or(touches, |attend| attend == "all");
        let (free, whom) = match all {
            true => ("b min(1, sum R over targets)", "each on one of them by R"),
            false => ("b R", "on the target attended to"),
        };
        let events = match bare("cooldown") {
            Some(h) => format!("L / (1 + L x {h}), L = {free}"),
            None => free.to_string(),
        };
        let mut laws = vec![format!("events = {events}, {whom}; base of b = {rate}")];
        if let (Some(damage), Some(lethal)) = (bare("damage"), bare("lethal")) {
            let hit = bare("hit").unwrap_or_else(|| "1".to_string());
            laws.push(format!(
                "each event: {damage} + {hit}, which its gain and loss change between hits; dead at {damage} >= {lethal}"
            ));
        }
        for law in laws {
            self.out += &format!("{}\n", wrap(&law, "    ", "      "));
        }
    }

    /// The law of a rule, on lines of its own.
    pub fn formula(&mut self, node: &Node) {
        let bare = |key: &str| {
            let node = node.get(key)?;
            Some(plain(node.get("value").unwrap_or(node)))
        };
        let law = match (bare("effect").unwrap_or_default().as_str(), bare("fold"), bare("to")) {
            ("scale", Some(fold), _) => format!("b = base x (1 - (1 - {fold}) r)"),
            (_, Some(fold), _) => format!("b = base x (1 + {fold} X)/(1 + X), X = r/(1 - r)"),
            (_, None, to) => {
                format!("b = (base + X x {})/(1 + X), X = r/(1 - r)", to.unwrap_or_default())
            }
        };
        let mut terms = Vec::new();
        if node.get("signal").is_some() {
            terms.push(response(node));
        }
        for key in ["all", "any", "none"] {
            let Some(Value::Array(list)) = node.get(key).map(|n| &n.value) else { continue };
            let each: Vec<String> = list.iter().map(response).collect();
            let missing = || each.iter().map(|r| format!("(1 - {r})")).collect::<Vec<_>>().join(" x ");
            match key {
                "all" => terms.extend(each),
                "any" => terms.push(format!("(1 - {})", missing())),
                _ => terms.push(missing()),
            }
        }
        let r = if terms.is_empty() { "1".to_string() } else { terms.join(" x ") };
        self.out +=
            &format!("{}\n{}\n", wrap(&law, "    ", "      "), wrap(&format!("r = {r}"), "    ", "      "));
    }
}

/// A response as a formula in its signal s.
fn response(node: &Node) -> String {
    let s = signal(node.get("signal").and_then(Node::text).unwrap_or_default());
    let get = |table: &str, key: &str| {
        node.at(&[table, key]).map(|n| plain(n.get("value").unwrap_or(n))).unwrap_or_default()
    };
    if node.get("hill").is_some() {
        return format!("Hill({s}; half {}, power {})", get("hill", "half"), get("hill", "power"));
    }
    if node.get("linear").is_some() {
        let (zero, one) = (get("linear", "zero"), get("linear", "one"));
        return format!("clamp(({s} - {zero})/({one} - {zero}))");
    }
    if node.at(&["step", "above"]).is_some() {
        return format!("[{s} > {}]", get("step", "above"));
    }
    if node.get("step").is_some() {
        return format!("[{s} < {}]", get("step", "below"));
    }
    let ends = ["zero", "one", "one_end", "zero_end"].map(|k| get("window", k));
    format!("window({s}; {})", ends.join(", "))
}

/// A signal in words.
fn signal(path: &str) -> String {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    match head {
        "substrate" | "observable" => rest.to_string(),
        "gradient" => format!("the gradient of {rest}"),
        "trait" | "antigen" => format!("own {rest}"),
        "contact" => format!("number of touching {rest}"),
        "receptor" => format!("activation of {rest}"),
        "since" => format!("time since {rest}"),
        "cognate" => format!("own antigen in {rest}"),
        "amount" | "concentration" => match rest.split_once('.') {
            Some((place, what)) => format!("{head} of {what} in {place}"),
            None => path.to_string(),
        },
        _ => path.to_string(),
    }
}

/// A behavior in words.
pub fn behavior(path: &str) -> String {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    match (head, rest) {
        ("divide", _) => "division".to_string(),
        ("die", cause) => format!("death by {cause}"),
        ("convert", to) => format!("change into {to}"),
        ("move", "speed") => "speed".to_string(),
        ("move", "persistence") => "persistence".to_string(),
        ("move", "contrast") => "contrast followed in full".to_string(),
        ("move", toward) => format!("bias toward {}", toward.trim_start_matches("toward.")),
        ("secrete", s) => format!("secretion of {s}"),
        ("uptake", s) => format!("uptake of {s}"),
        ("supply", s) => format!("supply of {s}"),
        ("gain", t) => format!("gain of {t}"),
        ("loss", t) => format!("loss of {t}"),
        ("interact", id) => format!("interaction {id}"),
        ("flow" | "endpoint", id) => format!("{head} {id}"),
        _ => path.replace('_', " "),
    }
}

/// One name or several.
pub fn list(node: Option<&Node>, between: &str) -> String {
    match node.map(|n| &n.value) {
        Some(Value::Array(list)) => list.iter().map(plain).collect::<Vec<_>>().join(between),
        Some(_) => node.map(plain).unwrap_or_default(),
        None => String::new(),
    }
}

/// As written, without quotes.
fn plain(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Table(t) => {
            let entries: Vec<String> =
                written(t).into_iter().map(|(k, e)| format!("{k} {}", plain(&e.node))).collect();
            entries.join(", ")
        }
        _ => inline(node),
    }
}

/// Words on lines of at most 80 columns; a longer word stands alone.
pub fn wrap(text: &str, first: &str, next: &str) -> String {
    let mut lines = Vec::new();
    let mut line = first.to_string();
    let mut empty = true;
    for word in text.split_whitespace() {
        let blank = usize::from(!empty);
        if !empty && line.chars().count() + blank + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, next.to_string()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    #[test]
    fn groups_of_conditions_become_one_sentence_and_one_product() {
        let text = "behavior = \"gain.memory\"\ncell = \"t\"\neffect = \"increase\"\nto = { value = \"0.2 /day\", source = \"A\" }\n\
            all = [{ signal = \"receptor.o2r\", hill = { half = 0.5, power = 2 } }]\n\
            none = [{ signal = \"trait.exhaustion\", step = { above = 0.5 } }]\n";
        let node = parse(0, text).unwrap();
        let mut page = Page::default();
        assert_eq!(
            page.rule("m", &node),
            "m: in t, activation of o2r (half at 0.5, Hill power 2) and absence of own exhaustion above 0.5 \
             increases gain of memory toward 0.2 /day [1]"
        );
        page.formula(&node);
        let expected = "b = (base + X x 0.2 /day)/(1 + X), X = r/(1 - r) \
            r = Hill(activation of o2r; half 0.5, power 2) x (1 - [own exhaustion > 0.5])";
        let flat = page.finish().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.starts_with(expected), "{flat}");
    }

    #[test]
    fn an_interaction_has_its_law_with_its_own_numbers() {
        let text = "rate = { value = \"4 /h\", source = \"A\" }\ncooldown = \"30 min\"\ndamage = \"harm\"\nlethal = 3\n";
        let mut page = Page::default();
        page.contact(&parse(0, text).unwrap());
        let flat = page.finish().split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "events = L / (1 + L x 30 min), L = b R, on the target attended to; base of b = 4 /h \
            each event: harm + 1, which its gain and loss change between hits; dead at harm >= 3";
        assert_eq!(flat, expected);
    }

    #[test]
    fn lines_break_at_80_columns() {
        let text = wrap(&"word ".repeat(40), "- ", "  ");
        assert!(text.lines().all(|l| l.chars().count() <= WIDTH));
        assert_eq!(text.split_whitespace().count(), 41);
        assert!(text.lines().skip(1).all(|l| l.starts_with("  word")));
    }
}
