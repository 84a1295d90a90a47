mod assets;
mod crashes;
mod objects;
mod quota;
mod real_media;
mod streams;
mod support;
mod uploads;
