//! The program itself: what it prints, how it ends.

use std::process::{Command, Output, Stdio};

use super::hall::Hall;

fn program(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_camera-ingest"));
    command.args(args).env_remove("MOTCUA_LOG").stdin(Stdio::null()).output().unwrap()
}

#[tokio::test]
async fn it_says_that_it_is_ready_and_nothing_else() {
    let mut hall = Hall::open().await;
    let camera = hall.camera("cam", "").replace("cam.script", "rtsp://127.0.0.1:1/none");
    hall.write_site(&[&camera]);
    let file = hall.dir.path().join("motcua.conf");
    let settings = "sites = [\"hoa-mai.toml\"]\ndata_dir = \"data\"\ncamera_secrets = \"secrets\"\n";
    std::fs::write(&file, format!("{settings}camera_broker = \"127.0.0.1:{}\"\n", hall.runtime.port)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_camera-ingest"));
    command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let parent = command.spawn().unwrap();
    hall.until("what it says of the camera", |hall| hall.count("cam offline unreachable") == 1).await;
    assert!(Command::new("kill").args(["-TERM", &parent.id().to_string()]).status().unwrap().success());
    let output = tokio::task::spawn_blocking(|| parent.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"ready\":true,\"cameras\":1}\n");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("cannot be reached") && log.contains("hoa-mai.cam"), "{log}");
    hall.until("the farewell", |hall| hall.last("cam", "status")["state"] == "disconnected").await;
}

#[test]
fn wrong_settings_end_it_with_64_and_every_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let (site, installation) = (dir.path().join("a.toml"), dir.path().join("motcua.toml"));
    std::fs::write(&site, "site = \"a\"\nname = \"A\"\n[[camera]]\ncamera = \"c\"\nstall_s = 9\nlooks = 1\n").unwrap();
    std::fs::write(&installation, "sites = [\"a.toml\"]\n").unwrap();
    let installation = installation.to_str().unwrap();
    for args in [["--config", installation], ["check-config", installation], ["check-config", site.to_str().unwrap()]] {
        let output = program(&args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0), "{args:?}: {told}");
        assert!(told.contains("a.toml:5: ") && told.contains("a.toml:6: "), "{args:?}: {told}");
    }
    for args in [["--config", "/nowhere/at/all"], ["--runtime", "/nowhere/at/all"], ["--config", "--runtime"]] {
        let output = program(&args);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0), "{args:?}");
    }
    assert_eq!(program(&["--help"]).status.code(), Some(0));
}
