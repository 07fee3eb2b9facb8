//! temp
use backcast::History;
use backcast_benches::{clock::best_of, world::World};
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let ch: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    let mut world = World::of(n, ch);
    if std::env::var_os("SORT").is_some() {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|i| world.days[0][*i]);
        world = world.reorder(&order);
    }
    let table = world.table().unwrap();
    for t in [1, 2] {
        println!("{t} threads {:.2} ms", 1e3 * best_of(12, || History::read_with(&table, t)));
    }
    let h = History::read_with(&table, 1).unwrap();
    println!("{} cells", h.tally().counts().len());
}
