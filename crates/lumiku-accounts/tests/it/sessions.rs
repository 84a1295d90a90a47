use chrono::TimeDelta;
use lumiku_accounts::{AccountsError, Client, MIGRATIONS, NewSession, SessionKind, User};
use lumiku_core::bus::Message;
use lumiku_core::{Explain, PageRequest, Query, SessionId, params};
use lumiku_testdb::TestDb;
use secrecy::ExposeSecret;

use crate::studio::{Studio, chrome};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    an_unknown_token_is_nobodys,
    a_session_ends_after_two_idle_weeks_or_thirty_days,
    the_last_use_is_noted_at_most_once_a_minute,
    sessions_are_listed_as_devices_with_the_current_one_marked,
    a_revoked_session_ends_at_once_and_is_announced,
    nobody_ends_another_users_session,
    all_other_sessions_end_together,
    expired_sessions_are_swept,
    only_the_hash_of_a_token_and_the_network_of_an_address_are_stored,
}

async fn open(studio: &Studio, user: &User, client: &Client) -> NewSession {
    let tx = studio.db.write_tx().await.unwrap();
    let session = studio.accounts.open_session(&tx, user.id, SessionKind::Browser, client).await.unwrap();
    tx.commit().await.unwrap();
    session
}

async fn is_live(studio: &Studio, session: &NewSession) -> bool {
    studio.accounts.authenticate(session.token.expose_secret()).await.unwrap().is_some()
}

async fn an_unknown_token_is_nobodys(db: TestDb) {
    let studio = Studio::over(db);
    for token in ["", "lmk_", "lmk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --"] {
        assert!(studio.accounts.authenticate(token).await.unwrap().is_none());
    }
}

async fn a_session_ends_after_two_idle_weeks_or_thirty_days(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let (used, unused) = (open(&studio, &user, &chrome()).await, open(&studio, &user, &chrome()).await);

    studio.clock.advance(TimeDelta::days(13));
    assert!(is_live(&studio, &used).await);
    studio.clock.advance(TimeDelta::days(1));
    assert!(!is_live(&studio, &unused).await, "14 days without use");
    assert!(is_live(&studio, &used).await);
    studio.clock.advance(TimeDelta::days(13));
    assert!(is_live(&studio, &used).await);
    studio.clock.advance(TimeDelta::days(3));
    assert!(!is_live(&studio, &used).await, "30 days however much it is used");
}

async fn the_last_use_is_noted_at_most_once_a_minute(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let session = open(&studio, &user, &chrome()).await;
    let opened_at = studio.ambient.now();

    for (after_s, expected_s) in [(59, 0), (1, 60), (30, 60), (29, 60), (1, 120)] {
        studio.clock.advance(TimeDelta::seconds(after_s));
        assert!(is_live(&studio, &session).await);
        let seen = studio.accounts.list_sessions(user.id, session.id, PageRequest::default()).await.unwrap();
        assert_eq!((seen.items[0].last_seen_at - opened_at).num_seconds(), expected_s);
    }
}

async fn sessions_are_listed_as_devices_with_the_current_one_marked(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let curl = Client { user_agent: Some("curl/7.88.1".into()), ip: None };
    let current = open(&studio, &user, &chrome()).await;
    open(&studio, &user, &curl).await;
    open(&studio, &studio.user("other@example.com").await, &chrome()).await;

    let page = studio.accounts.list_sessions(user.id, current.id, PageRequest::default()).await.unwrap();

    let told: Vec<_> = page.items.iter().map(|s| (s.device.as_str(), s.current)).collect();
    assert_eq!(told, [("curl", false), ("Chrome on Linux", true)]);
    assert_eq!(serde_json::to_value(&page.items[0]).unwrap()["kind"], "browser");
    let first = PageRequest { cursor: None, limit: Some(1) };
    let first = studio.accounts.list_sessions(user.id, current.id, first).await.unwrap();
    let rest = PageRequest { cursor: first.next_cursor, limit: Some(1) };
    let rest = studio.accounts.list_sessions(user.id, current.id, rest).await.unwrap();
    assert_eq!((rest.items[0].id, rest.next_cursor), (current.id, None));
}

async fn a_revoked_session_ends_at_once_and_is_announced(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let session = open(&studio, &user, &chrome()).await;
    let mut messages = studio.bus.subscribe();
    let live = studio.accounts.authenticate(session.token.expose_secret()).await.unwrap().unwrap();

    assert!(studio.accounts.is_open(session.id).await.unwrap());
    studio.accounts.logout(&live).await.unwrap();
    assert!(!studio.accounts.is_open(session.id).await.unwrap());
    studio.accounts.logout(&live).await.expect("signing out twice is no error");

    assert!(!is_live(&studio, &session).await);
    assert_eq!(messages.try_recv().unwrap(), Message::SessionRevoked { session_id: session.id });
    assert!(messages.try_recv().is_err(), "announced once");
}

async fn nobody_ends_another_users_session(db: TestDb) {
    let studio = Studio::over(db);
    let (owner, stranger) = (studio.user("rina@example.com").await, studio.user("budi@example.com").await);
    let session = open(&studio, &owner, &chrome()).await;

    let foreign = studio.accounts.revoke_session(stranger.id, session.id).await.unwrap_err();
    let missing =
        studio.accounts.revoke_session(stranger.id, SessionId(uuid::Uuid::from_u128(3))).await.unwrap_err();

    assert!(matches!(foreign, AccountsError::SessionNotFound));
    assert_eq!(foreign.problem().status, 404);
    assert_eq!(foreign.problem().detail, missing.problem().detail, "the two look the same");
    assert!(is_live(&studio, &session).await);
}

async fn all_other_sessions_end_together(db: TestDb) {
    let studio = Studio::over(db);
    let (user, other) = (studio.user("rina@example.com").await, studio.user("budi@example.com").await);
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(open(&studio, &user, &chrome()).await);
    }
    let others = open(&studio, &other, &chrome()).await;
    let mut messages = studio.bus.subscribe();

    assert_eq!(studio.accounts.revoke_all_sessions(user.id, Some(sessions[0].id)).await.unwrap(), 2);
    assert!(is_live(&studio, &sessions[0]).await && is_live(&studio, &others).await);
    assert!(!is_live(&studio, &sessions[1]).await && !is_live(&studio, &sessions[2]).await);
    assert_eq!(
        [messages.try_recv().is_ok(), messages.try_recv().is_ok(), messages.try_recv().is_ok()],
        [true, true, false]
    );

    assert_eq!(studio.accounts.revoke_all_sessions(user.id, None).await.unwrap(), 1);
    assert!(!is_live(&studio, &sessions[0]).await && is_live(&studio, &others).await);
}

async fn expired_sessions_are_swept(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    open(&studio, &user, &chrome()).await;
    studio.clock.advance(TimeDelta::days(14));
    let fresh = open(&studio, &user, &chrome()).await;

    assert_eq!(studio.accounts.delete_expired_sessions().await.unwrap(), 1);
    assert!(is_live(&studio, &fresh).await);
}

async fn only_the_hash_of_a_token_and_the_network_of_an_address_are_stored(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let session = open(&studio, &user, &chrome()).await;

    let column = async |name: &str| -> String {
        let sql = format!("SELECT {name} FROM sessions WHERE id = $1");
        studio.db.scalar(&sql, params![session.id]).await.unwrap().unwrap()
    };
    assert_eq!(column("token_sha256").await.len(), 64);
    assert!(!column("token_sha256").await.contains(session.token.expose_secret()));
    assert_eq!(column("ip_prefix").await, "203.0.113.0/24");
    assert!(!format!("{session:?}").contains(session.token.expose_secret()));
}
