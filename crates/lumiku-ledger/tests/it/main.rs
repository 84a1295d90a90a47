mod grants;
mod history;
mod holds;
mod model;
mod studio;
mod verify;
