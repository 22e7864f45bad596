//! `tenure dev-certs`: a root, and certificates of it for servers and for clients.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::command::print;

/// What to make.
#[derive(Debug, Args)]
pub(crate) struct CertificateArgs {
    /// The folder for `ca.pem`, `server.pem` with `server.key`, and `client.pem` with `client.key`.
    #[arg(long)]
    out: PathBuf,
    /// A name that servers go by, besides "localhost" and this machine's loopback addresses.
    #[arg(long = "name")]
    names: Vec<String>,
}

pub(crate) fn run(args: &CertificateArgs) -> anyhow::Result<()> {
    if args.out.join("client.key").exists() {
        print(&format!("certificates are in {} already", args.out.display()));
        return Ok(());
    }
    fs::create_dir_all(&args.out).with_context(|| format!("{}", args.out.display()))?;
    let root = root()?;
    keep(&args.out.join("ca.pem"), &root.pem())?;
    let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    names.extend(args.names.iter().cloned());
    issue(&args.out, "server", names, ExtendedKeyUsagePurpose::ServerAuth, &root)?;
    issue(&args.out, "client", vec!["tenure".to_owned()], ExtendedKeyUsagePurpose::ClientAuth, &root)?;
    print(&format!("certificates in {}; their root's key was not kept", args.out.display()));
    Ok(())
}

fn root() -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name.push(DnType::CommonName, "Tenure, for trying things out");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn issue(
    folder: &Path,
    name: &str,
    names: Vec<String>,
    purpose: ExtendedKeyUsagePurpose,
    root: &CertifiedIssuer<'static, KeyPair>,
) -> anyhow::Result<()> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![purpose];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, root)?;
    keep(&folder.join(format!("{name}.pem")), &certificate.pem())?;
    keep(&folder.join(format!("{name}.key")), &key.serialize_pem())
}

/// A file that its owner alone may read.
fn keep(file: &Path, text: &str) -> anyhow::Result<()> {
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut opened = opened.with_context(|| format!("{}", file.display()))?;
    Ok(opened.write_all(text.as_bytes())?)
}
