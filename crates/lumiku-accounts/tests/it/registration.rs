use lumiku_accounts::{AccountsError, MIGRATIONS, RegistrationForm, Role, Theme};
use lumiku_core::config::Registration;
use lumiku_core::{Explain, Query, params};
use lumiku_testdb::TestDb;

use crate::studio::{PASSWORD, Studio, form};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    a_newcomer_registers_once_the_first_account_exists,
    closed_registration_refuses_newcomers,
    every_wrong_field_is_named_at_once,
    an_address_is_taken_whatever_its_capitals,
    of_two_that_race_for_an_address_one_gets_it_and_the_others_transaction_stays_usable,
    nothing_readable_of_the_password_is_stored,
}

async fn a_newcomer_registers_once_the_first_account_exists(db: TestDb) {
    let studio = Studio::over(db);
    let form = form("budi@example.com", PASSWORD);
    let early = studio.accounts.prepare_registration(&form).await.unwrap_err();
    assert!(matches!(early, AccountsError::RegistrationClosed));
    studio.user("rina@example.com").await;

    let new = studio
        .accounts
        .prepare_registration(&RegistrationForm { name: " Budi ".into(), ..form })
        .await
        .unwrap();
    let tx = studio.db.write_tx().await.unwrap();
    let user = studio.accounts.insert_user(&tx, &new).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!((user.name.as_str(), user.role, user.theme), ("Budi", Role::User, Theme::System));
    let json = serde_json::to_value(&user).unwrap();
    assert_eq!(json["email"], "budi@example.com");
    assert_eq!(
        (&json["role"], &json["locale"], &json["theme"]),
        (&"user".into(), &"id".into(), &"system".into())
    );
    assert_eq!(json["tags"], serde_json::json!([]));
}

async fn closed_registration_refuses_newcomers(db: TestDb) {
    let studio = Studio::over(db);
    studio.user("rina@example.com").await;
    let closed = studio.with(|settings| settings.registration = Registration::Closed);

    let error = closed.prepare_registration(&form("budi@example.com", PASSWORD)).await.unwrap_err();
    assert_eq!((error.problem().status, error.problem().code.as_str()), (403, "auth.registration_closed"));
    closed.prepare_user(&form("budi@example.com", PASSWORD)).await.expect("an operator may");
}

async fn every_wrong_field_is_named_at_once(db: TestDb) {
    let studio = Studio::over(db);
    let form = RegistrationForm { name: "a\nb".into(), ..form("no address", "short") };

    let problem = studio.accounts.prepare_user(&form).await.unwrap_err().problem();

    let codes: Vec<_> = problem.errors.iter().map(|e| (e.field.as_str(), e.code.as_str())).collect();
    assert_eq!(problem.status, 422);
    assert_eq!(
        codes,
        [
            ("email", "auth.email_invalid"),
            ("password", "auth.password_too_short"),
            ("name", "auth.name_invalid")
        ]
    );
}

async fn an_address_is_taken_whatever_its_capitals(db: TestDb) {
    let studio = Studio::over(db);
    studio.user("rina@example.com").await;
    let new = studio.accounts.prepare_user(&form(" RINA@example.COM ", PASSWORD)).await.unwrap();

    let tx = studio.db.write_tx().await.unwrap();
    let error = studio.accounts.insert_user(&tx, &new).await.unwrap_err();

    assert_eq!((error.problem().status, error.problem().code.as_str()), (409, "auth.email_taken"));
}

async fn of_two_that_race_for_an_address_one_gets_it_and_the_others_transaction_stays_usable(db: TestDb) {
    let studio = Studio::over(db);
    let new = studio.accounts.prepare_user(&form("rina@example.com", PASSWORD)).await.unwrap();

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (accounts, db, new) = (studio.accounts.clone(), studio.db.db.clone(), new.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await.unwrap();
            let made = accounts.insert_user(&tx, &new).await;
            tx.commit().await.unwrap();
            made
        });
    }
    let results = tasks.join_all().await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(AccountsError::EmailTaken))));
}

async fn nothing_readable_of_the_password_is_stored(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;

    let hash: Option<String> =
        studio.db.scalar("SELECT password_hash FROM users WHERE id = $1", params![user.id]).await.unwrap();

    assert!(hash.unwrap().starts_with("$argon2id$v=19$"));
    let new = studio.accounts.prepare_user(&form("budi@example.com", PASSWORD)).await.unwrap();
    let shown = format!("{new:?} {user:?} {:?}", form("budi@example.com", PASSWORD).password);
    assert!(
        !shown.contains("argon2") && !shown.contains("kopi") && !shown.contains("example.com"),
        "{shown}"
    );
}
