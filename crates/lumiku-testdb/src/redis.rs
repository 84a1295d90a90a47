//! A throw-away Redis that a test can kill and bring back.

use crate::supervised::Supervised;

/// `$1` is the folder. Killed, not asked to stop: what is left then is what a crash leaves.
const SCRIPT: &str = r#"
set -e
trap 'rm -rf "$1"' EXIT
mkdir -p "$1"
command -v redis-server >/dev/null || { echo "no redis-server; install it: apt-get install redis-server" >&2; exit 1; }
redis-server --port 0 --unixsocket "$1/redis.sock" --save '' --appendonly no --dir "$1" >"$1/log" 2>&1 &
server=$!
until redis-cli -s "$1/redis.sock" ping >/dev/null 2>&1; do
  kill -0 $server 2>/dev/null || { cat "$1/log" >&2; exit 1; }
  sleep 0.02
done
echo ready
exec >/dev/null 2>&1
cat
kill -KILL $server
wait $server || true
"#;

/// A Redis server of one test's own, on a socket in a folder of its own.
#[derive(Debug)]
pub struct TestRedis {
    folder: String,
    process: Option<Supervised>,
}

impl TestRedis {
    /// Starts a server; panics with the remedy when there is none to start.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("lumiku-redis.").tempdir_in("/tmp");
        let folder = folder.expect("a temporary folder for Redis").keep();
        let mut redis = Self { folder: folder.display().to_string(), process: None };
        redis.restart().await;
        redis
    }

    /// What `redis.url` would be. It stays the same over [`Self::kill`] and [`Self::restart`].
    pub fn url(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder)
    }

    /// Ends the server with SIGKILL and waits until it is gone.
    pub async fn kill(&mut self) {
        let process = self.process.take();
        let _ = tokio::task::spawn_blocking(move || drop(process)).await;
    }

    /// Starts it again, empty, at the same address.
    pub async fn restart(&mut self) {
        self.kill().await;
        let folder = self.folder.clone();
        let started = tokio::task::spawn_blocking(move || Supervised::start(SCRIPT, &[&folder], None)).await;
        match started.expect("starting does not panic") {
            Ok((process, _)) => self.process = Some(process),
            Err(reason) => panic!("Redis does not start for the tests: {reason}"),
        }
    }
}
