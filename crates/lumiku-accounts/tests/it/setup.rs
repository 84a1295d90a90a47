use chrono::TimeDelta;
use lumiku_accounts::{AccountsError, MIGRATIONS, Role};
use lumiku_core::{Explain, PageRequest};
use lumiku_testdb::TestDb;

use crate::studio::{PASSWORD, Studio, form};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    the_setup_link_makes_the_first_admin,
    of_two_that_race_with_the_setup_link_one_becomes_admin_and_the_other_is_told,
    a_wrong_old_or_replaced_setup_token_is_refused,
    no_setup_token_is_issued_once_there_is_a_user,
    an_account_made_on_the_command_line_closes_the_setup_link,
    a_first_admin_that_was_rolled_back_leaves_the_token_usable,
}

async fn the_setup_link_makes_the_first_admin(db: TestDb) {
    let studio = Studio::over(db);
    assert!(studio.accounts.needs_setup().await.unwrap());
    let token = studio.accounts.issue_setup_token().await.unwrap().expect("there is no user yet");

    let new =
        studio.accounts.prepare_first_admin(&token, &form(" Rina@Example.com", PASSWORD)).await.unwrap();
    let tx = studio.db.write_tx().await.unwrap();
    let admin = studio.accounts.create_first_admin(&tx, &token, &new).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(
        (admin.role, admin.email.as_str(), admin.name.as_str()),
        (Role::Admin, "rina@example.com", "rina")
    );
    assert!(!studio.accounts.needs_setup().await.unwrap());
    assert_eq!(studio.accounts.find_user(admin.id).await.unwrap(), Some(admin));
    let again =
        studio.accounts.prepare_first_admin(&token, &form("b@example.com", PASSWORD)).await.unwrap_err();
    assert_eq!((again.problem().status, again.problem().code.as_str()), (409, "setup.already_done"));
}

async fn of_two_that_race_with_the_setup_link_one_becomes_admin_and_the_other_is_told(db: TestDb) {
    let studio = Studio::over(db);
    let token = studio.accounts.issue_setup_token().await.unwrap().unwrap();

    let mut admins = Vec::new();
    for i in 0..10 {
        let form = form(&format!("a{i}@example.com"), PASSWORD);
        admins.push(studio.accounts.prepare_first_admin(&token, &form).await.unwrap());
    }

    let mut tasks = tokio::task::JoinSet::new();
    for new in admins {
        let (accounts, db, token) = (studio.accounts.clone(), studio.db.db.clone(), token.clone());
        tasks.spawn(async move {
            let tx = db.write_tx().await?;
            let admin = accounts.create_first_admin(&tx, &token, &new).await?;
            tx.commit().await?;
            Ok::<_, AccountsError>(admin)
        });
    }
    let (made, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);

    assert_eq!(made.len(), 1);
    assert!(refused.iter().all(|result| matches!(result, Err(AccountsError::SetupDone))), "{refused:?}");
    assert_eq!(studio.accounts.list_users(PageRequest::default()).await.unwrap().items.len(), 1);
}

async fn a_wrong_old_or_replaced_setup_token_is_refused(db: TestDb) {
    let studio = Studio::over(db);
    let form = form("rina@example.com", PASSWORD);
    let replaced = studio.accounts.issue_setup_token().await.unwrap().unwrap();
    let current = studio.accounts.issue_setup_token().await.unwrap().unwrap();

    for token in [&replaced, &"".into(), &"setup_guess".into()] {
        let error = studio.accounts.prepare_first_admin(token, &form).await.unwrap_err();
        assert_eq!((error.problem().status, error.problem().code.as_str()), (403, "setup.invalid_token"));
    }
    let new = studio.accounts.prepare_first_admin(&current, &form).await.unwrap();
    studio.clock.advance(TimeDelta::minutes(30));
    let tx = studio.db.write_tx().await.unwrap();
    let late = studio.accounts.create_first_admin(&tx, &current, &new).await.unwrap_err();

    assert!(matches!(late, AccountsError::SetupTokenInvalid));
}

async fn no_setup_token_is_issued_once_there_is_a_user(db: TestDb) {
    let studio = Studio::over(db);
    studio.user("rina@example.com").await;
    assert!(studio.accounts.issue_setup_token().await.unwrap().is_none());
}

async fn an_account_made_on_the_command_line_closes_the_setup_link(db: TestDb) {
    let studio = Studio::over(db);
    let token = studio.accounts.issue_setup_token().await.unwrap().unwrap();
    let new = studio.accounts.prepare_first_admin(&token, &form("late@example.com", PASSWORD)).await.unwrap();
    studio.user("operator@example.com").await;

    let tx = studio.db.write_tx().await.unwrap();
    let error = studio.accounts.create_first_admin(&tx, &token, &new).await.unwrap_err();

    assert!(matches!(error, AccountsError::SetupDone));
}

async fn a_first_admin_that_was_rolled_back_leaves_the_token_usable(db: TestDb) {
    let studio = Studio::over(db);
    let token = studio.accounts.issue_setup_token().await.unwrap().unwrap();
    let new = studio.accounts.prepare_first_admin(&token, &form("rina@example.com", PASSWORD)).await.unwrap();

    for commit in [false, true] {
        let tx = studio.db.write_tx().await.unwrap();
        studio.accounts.create_first_admin(&tx, &token, &new).await.unwrap();
        if commit { tx.commit().await.unwrap() } else { tx.rollback().await.unwrap() }
    }
    assert!(!studio.accounts.needs_setup().await.unwrap());
}
