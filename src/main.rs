//! The program: hand the arguments to the command line, return its exit code.

fn main() -> std::process::ExitCode {
    tme::cli::main()
}
