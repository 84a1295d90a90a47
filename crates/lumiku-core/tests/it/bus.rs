//! One suite, two backends; then what only Redis can do: die and come back.

use std::sync::Arc;
use std::time::Duration;

use lumiku_core::Ambient;
use lumiku_core::bus::{self, Bus, LocalBus, Message};
use lumiku_testdb::TestRedis;
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, timeout};

/// Generous: it bounds a failing test, a passing one never waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

fn cancelled() -> Message {
    Message::JobCancelled { job_id: Ambient::system().id() }
}

async fn next(receiver: &mut Receiver<Message>) -> Message {
    timeout(DEADLINE, receiver.recv()).await.expect("a message before the deadline").unwrap()
}

/// `here` and `there` are the same object on the local backend, two nodes on Redis.
async fn conforms(here: Arc<dyn Bus>, there: Arc<dyn Bus>) {
    let mut near = here.subscribe();
    let mut far = there.subscribe();

    let sent = [Message::JobsAvailable, cancelled(), Message::UserEvents { user_id: Ambient::system().id() }];
    for message in &sent {
        here.publish(message.clone()).await;
    }

    for message in &sent {
        assert_eq!(&next(&mut near).await, message, "the sender's own receivers hear it, in order");
        assert_eq!(&next(&mut far).await, message, "every node hears it, in order");
    }

    let last = cancelled();
    there.publish(last.clone()).await;
    assert_eq!(next(&mut near).await, last, "exactly once each, and the other way round too");
    assert_eq!(next(&mut far).await, last);
}

#[tokio::test]
async fn the_local_bus_conforms() {
    let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
    conforms(bus.clone(), bus).await;
}

#[tokio::test]
async fn the_redis_bus_conforms() {
    let redis = TestRedis::start().await;
    let here = bus::connect(&redis.url()).await.unwrap();
    let there = bus::connect(&redis.url()).await.unwrap();
    conforms(here, there).await;
}

#[tokio::test]
async fn publishing_without_receivers_is_no_error() {
    LocalBus::default().publish(Message::JobsAvailable).await;
}

#[tokio::test]
async fn a_studio_does_not_start_when_its_redis_cannot_be_reached() {
    let mut redis = TestRedis::start().await;
    redis.kill().await;

    let error = bus::connect(&redis.url()).await.unwrap_err().to_string();

    assert!(error.contains("cannot reach Redis at redis.url"), "{error}");
}

#[tokio::test]
async fn without_redis_a_node_goes_on_alone_and_joins_the_others_when_it_returns() {
    let mut redis = TestRedis::start().await;
    let here = bus::connect(&redis.url()).await.unwrap();
    let there = bus::connect(&redis.url()).await.unwrap();

    redis.kill().await;
    let mut near = here.subscribe();
    let alone = cancelled();
    here.publish(alone.clone()).await;
    assert_eq!(next(&mut near).await, alone);

    redis.restart().await;
    let mut far = there.subscribe();
    let deadline = Instant::now() + DEADLINE;
    let heard = loop {
        assert!(Instant::now() < deadline, "nothing arrived after Redis came back");
        here.publish(Message::JobsAvailable).await;
        if let Ok(message) = timeout(Duration::from_millis(100), far.recv()).await {
            break message.unwrap();
        }
    };
    assert_eq!(heard, Message::JobsAvailable);
}
