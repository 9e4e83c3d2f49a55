//! The program.
//!
//! Knows nothing: everything is in the library.

fn main() -> std::process::ExitCode {
    wellhead::cli::main()
}
