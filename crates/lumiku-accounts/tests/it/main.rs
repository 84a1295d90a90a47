mod login;
mod registration;
mod sessions;
mod setup;
mod studio;
mod users;
