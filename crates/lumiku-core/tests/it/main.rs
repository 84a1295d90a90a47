//! The database handle on both engines and the bus on both backends.

mod bus;
mod db;
mod migrations;
