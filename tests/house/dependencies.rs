//! docs/dependencies.md lists what is linked into the program, as it is in Cargo.lock today, and every
//! licence in it is one that deny.toml allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const FILE: &str = "docs/dependencies.md";

/// What `cargo metadata` says of the program on the platform that packages are made for.
fn metadata() -> Value {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--format-version=1", "--locked"])
        .args([
            "--all-features",
            "--filter-platform=x86_64-unknown-linux-gnu",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A package in the program.
struct Package {
    name: String,
    version: String,
    licence: String,
    direct: bool,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The packages that are reached without a dependency of tests or of build scripts.
fn linked() -> Vec<Package> {
    let metadata = metadata();
    let nodes: BTreeMap<String, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(&node["id"]), node))
        .collect();
    let normal = |node: &Value| -> Vec<String> {
        let deps = node["deps"].as_array().unwrap().iter();
        let deps = deps.filter(|dep| {
            let mut kinds = dep["dep_kinds"].as_array().unwrap().iter();
            kinds.any(|kind| kind["kind"].is_null())
        });
        deps.map(|dep| text(&dep["pkg"])).collect()
    };
    let root = text(&metadata["resolve"]["root"]);
    let direct: BTreeSet<String> = normal(nodes[&root]).into_iter().collect();
    let mut reached = BTreeSet::new();
    let mut left: Vec<String> = direct.iter().cloned().collect();
    while let Some(id) = left.pop() {
        if reached.insert(id.clone()) {
            left.extend(normal(nodes[&id]));
        }
    }
    let packages = metadata["packages"].as_array().unwrap().iter();
    let packages = packages.filter(|package| reached.contains(&text(&package["id"])));
    let mut packages: Vec<Package> = packages
        .map(|package| Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
            direct: direct.contains(&text(&package["id"])),
        })
        .collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    packages
}

/// The page.
fn page(packages: &[Package]) -> String {
    let mut page = format!(
        "# What is linked into vmimap\n\n{} libraries, as Cargo.lock has them, on Linux with every feature (libgssapi and what it needs: only with \
         `gssapi`).\nThose in bold are used by vmimap itself ([why](decisions/0003-dependencies.md)), the others by these; some \
         (derives, macros) only while it is compiled.\nTheir licence texts are in third-party-licenses.txt of the Debian \
         package. `make licences` checks them, `make sbom` writes them as CycloneDX.\n\n\
         | library | version | licence |\n|---|---|---|\n",
        packages.len()
    );
    for package in packages {
        let name = &package.name;
        let name = if package.direct {
            format!("**{name}**")
        } else {
            name.clone()
        };
        writeln!(
            page,
            "| {name} | {} | {} |",
            package.version, package.licence
        )
        .unwrap();
    }
    page
}

#[test]
fn the_list_of_dependencies_is_that_of_the_lock_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = page(&linked());
    if std::env::var_os("VMIMAP_BLESS").is_some() {
        fs::write(root.join(FILE), page).unwrap();
        return;
    }
    let stands = fs::read_to_string(root.join(FILE)).unwrap_or_default();
    assert!(stands == page, "stale, run `make bless`: {FILE}");
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny = fs::read_to_string("deny.toml").unwrap();
    let deny: toml::Table = deny.parse().unwrap();
    let allowed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|licence| licence.as_str().unwrap())
        .collect();
    for package in linked() {
        // Good enough here; `cargo deny` takes the expression apart. "MIT/Apache-2.0" is an old "OR".
        let licence = package.licence.replace('/', " OR ").replace(['(', ')'], "");
        let mut choices = licence.split(" OR ");
        assert!(
            choices.any(|choice| choice
                .split(" AND ")
                .all(|one| allowed.contains(&one.trim()))),
            "{} {}: {}",
            package.name,
            package.version,
            package.licence
        );
    }
}
