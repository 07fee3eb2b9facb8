//! bindings/wasm
