//! Jupyter looks for its parts in `share/` and `etc/` of the environment.

use super::{Pair, pinned, sandbox};

#[test]
fn jupyter_finds_its_data() {
    let Some(sandbox) = sandbox("jupyter_finds_its_data") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("jupyter.txt")]);
    let paths = pair.same("jupyter", ["--paths", "--json"]);
    assert!(paths.contains("[ENV]/share/jupyter"), "{paths}");
    let kernels = pair.same("jupyter", ["kernelspec", "list", "--json"]);
    assert!(kernels.contains("[ENV]/share/jupyter/kernels/python3"), "{kernels}");
    for (place, folder) in [(&pair.flat, &pair.flat.folder), (&pair.layered, &pair.layered.folder)] {
        // These lists go to stderr, with timings.
        let extensions = place.run("jupyter", ["labextension", "list"]).success();
        let _ = extensions
            .says("@jupyter-notebook/lab-extension")
            .says("jupyterlab_pygments")
            .says(folder.to_str().unwrap());
        let servers = place.run("jupyter", ["server", "extension", "list"]).success();
        let _ = servers.says("notebook").says("jupyterlab").never_says("failed");
    }
    assert_eq!(pair.same("jupyter", ["lab", "--version"]).lines().count(), 1);
    sandbox.write("book.ipynb", include_bytes!("../assets/layered/book.ipynb"));
    let arguments = ["nbconvert", "--to", "notebook", "--execute", "--stdout", "book.ipynb"];
    let run = pair.layered.run("jupyter", arguments).success();
    assert!(run.stdout.contains("six is 1"), "{run}");
}
