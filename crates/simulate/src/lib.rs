//! A seeded world.
