//! Compiles `proto/` without protoc, and turns the options of every RPC into a table. An RPC without `scope` or
//! `rpc_data_class` fails the build.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

use prost_reflect::{DescriptorPool, MethodDescriptor, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    fs::write(out.join("descriptor.binpb"), compiler.encode_file_descriptor_set())?;
    fs::write(out.join("methods.rs"), methods(&compiler.descriptor_pool())?)?;

    let mut config = tonic_prost_build::Config::new();
    // A journal entry names the full type of its payload.
    config.enable_type_names();
    tonic_prost_build::configure()
        .emit_rerun_if_changed(false)
        .bytes(".tenure.journal.v1.JournalEntry.payload")
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}

fn collect(folder: &PathBuf, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn methods(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("&[\n");
    for service in pool.services() {
        for method in service.methods() {
            let path = format!("/{}/{}", service.full_name(), method.name());
            let scope = option(pool, &method, "scope")
                .and_then(|value| value.as_str().map(str::to_owned))
                .ok_or_else(|| format!("{path} has no option scope"))?;
            let class = option(pool, &method, "rpc_data_class")
                .and_then(|value| value.as_enum_number())
                .ok_or_else(|| format!("{path} has no option rpc_data_class"))?;
            let priority =
                option(pool, &method, "priority").and_then(|value| value.as_enum_number()).unwrap_or_default();
            let bound = option(pool, &method, "purpose_bound").and_then(|value| value.as_bool()).unwrap_or_default();
            writeln!(
                text,
                "    Method {{ path: {path:?}, scope: {scope:?}, data_class: {class}, priority: {priority}, \
                 purpose_bound: {bound} }},"
            )?;
        }
    }
    text.push_str("]\n");
    Ok(text)
}

fn option(pool: &DescriptorPool, method: &MethodDescriptor, name: &str) -> Option<Value> {
    let extension = pool.get_extension_by_name(&format!("tenure.contract.v1.{name}"))?;
    let options = method.options();
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}
