//! A thread whose only work is to start processes. The parent-death signal fires when the *thread* that
//! forked ends; runtime threads may end (after `block_in_place`, or an idle blocking thread), and would take
//! an innocent ffmpeg with them. This one lives as long as the engine.

use std::io;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::error::MediaError;

struct Order {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

#[derive(Debug)]
pub(super) struct Spawner {
    orders: mpsc::Sender<Order>,
}

impl Spawner {
    pub fn new() -> Result<Self, MediaError> {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::Builder::new()
            .name("media-spawner".into())
            .spawn(move || {
                for mut order in inbox {
                    let _inside = order.runtime.enter();
                    // When nobody waits any more the child comes back and dies by its kill-on-drop.
                    let _ = order.reply.send(order.command.spawn());
                }
            })
            .map_err(MediaError::io("start the thread that starts processes"))?;
        Ok(Self { orders })
    }

    pub async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (reply, answer) = oneshot::channel();
        let order = Order { command, runtime: Handle::current(), reply };
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.orders.send(order).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
