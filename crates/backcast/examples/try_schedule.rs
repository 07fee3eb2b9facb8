//! scratch
fn main() {
    let mut s = String::new();
    std::io::Read::read_to_string(&mut std::io::stdin(), &mut s).unwrap();
    println!("{}", backcast::answer_json(&s));
}
