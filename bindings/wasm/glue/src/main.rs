//! Glue: writes the JavaScript that loads a compiled `.wasm` file, and the `.wasm` file itself, into a folder.
//!
//! It stands in for the `wasm-bindgen` program, so that the version comes from `Cargo.lock` and nothing has to be installed.

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        return Err("usage: glue <compiled.wasm> <folder>".into());
    };
    // The façade hands over the bytes itself. With the default path left in, bundlers would ship the same file twice.
    Bindgen::new()
        .input_path(input)
        .out_name("engine")
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .generate(folder)?;
    Ok(())
}
