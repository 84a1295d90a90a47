//! Builds the server anew when the web UI that it embeds has changed.

fn main() {
    println!("cargo:rerun-if-changed=../../web/build");
}
