use lumiku_accounts::{AccountsError, MIGRATIONS, PasswordCost, SessionKind};
use lumiku_core::{Explain, Query, params};
use lumiku_testdb::TestDb;
use secrecy::ExposeSecret;

use crate::studio::{PASSWORD, Studio, chrome};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    the_right_password_opens_a_session,
    a_wrong_password_and_an_unknown_address_answer_the_same,
    a_password_hashed_at_an_older_cost_is_hashed_anew_at_sign_in,
    sign_ins_at_the_same_moment_all_succeed_while_the_hash_is_renewed,
    a_password_reset_ends_the_sessions_and_the_old_password,
}

async fn the_right_password_opens_a_session(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;

    let signed_in = studio
        .accounts
        .login("Rina@example.com ", &PASSWORD.into(), SessionKind::Token, &chrome())
        .await
        .unwrap();

    assert_eq!(signed_in.user, user);
    let token = signed_in.session.token.expose_secret();
    assert!(token.starts_with("lmk_") && token.len() == 4 + 43, "256 bits in base64url");
    let session = studio.accounts.authenticate(token).await.unwrap().expect("the session is live");
    assert_eq!((session.id, session.kind, session.user), (signed_in.session.id, SessionKind::Token, user));
}

async fn a_wrong_password_and_an_unknown_address_answer_the_same(db: TestDb) {
    let studio = Studio::over(db);
    studio.user("rina@example.com").await;

    let mut answers = Vec::new();
    for (email, password) in [
        ("rina@example.com", "kopi tubruk sore"),
        ("rina@example.com", "Kopi Tubruk Pagi"),
        ("nobody@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ] {
        let error = studio
            .accounts
            .login(email, &password.into(), SessionKind::Browser, &chrome())
            .await
            .unwrap_err();
        answers.push(serde_json::to_string(&error.problem()).unwrap());
    }

    assert!(answers[0].contains("auth.wrong_credentials") && answers[0].contains("401"));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

async fn a_password_hashed_at_an_older_cost_is_hashed_anew_at_sign_in(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let dearer = studio.with(|settings| settings.password_cost = PasswordCost { memory_kib: 96, passes: 2 });

    for _ in 0..2 {
        dearer.login("rina@example.com", &PASSWORD.into(), SessionKind::Browser, &chrome()).await.unwrap();
        let hash: Option<String> = studio
            .db
            .scalar("SELECT password_hash FROM users WHERE id = $1", params![user.id])
            .await
            .unwrap();
        assert!(hash.unwrap().contains("m=96,t=2,p=1"));
    }
}

async fn sign_ins_at_the_same_moment_all_succeed_while_the_hash_is_renewed(db: TestDb) {
    let studio = Studio::over(db);
    studio.user("rina@example.com").await;
    let dearer = studio.with(|settings| settings.password_cost = PasswordCost { memory_kib: 96, passes: 2 });

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let accounts = dearer.clone();
        tasks.spawn(async move {
            accounts.login("rina@example.com", &PASSWORD.into(), SessionKind::Browser, &chrome()).await
        });
    }

    for result in tasks.join_all().await {
        result.unwrap();
    }
}

async fn a_password_reset_ends_the_sessions_and_the_old_password(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;
    let login = |password: &'static str| {
        let accounts = studio.accounts.clone();
        async move { accounts.login("rina@example.com", &password.into(), SessionKind::Browser, &chrome()).await }
    };
    let before = login(PASSWORD).await.unwrap();

    let weak = studio.accounts.reset_password(user.id, &"password".into()).await.unwrap_err();
    studio.accounts.reset_password(user.id, &"es teh manis".into()).await.unwrap();

    assert!(matches!(weak, AccountsError::Invalid(_)));
    assert!(studio.accounts.authenticate(before.session.token.expose_secret()).await.unwrap().is_none());
    assert!(matches!(login(PASSWORD).await, Err(AccountsError::WrongCredentials)));
    login("es teh manis").await.unwrap();
}
