//! The page of the documentation that holds the figures.

use crate::Result;

const BEGIN: &str = "<!-- figures: written by `make calibrate` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// The page with other figures between its two marks.
///
/// # Errors
/// If a mark is missing.
///
/// ```
/// let page = "before\n<!-- figures: written by `make calibrate` -->\nold\n<!-- end of figures -->\nafter\n";
/// let page = backcast_benches::calibrate::replace_figures(page, "new\n").unwrap();
/// assert_eq!(page, "before\n<!-- figures: written by `make calibrate` -->\nnew\n<!-- end of figures -->\nafter\n");
/// ```
pub fn replace_figures(page: &str, figures: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).ok_or("the page has no mark where the figures begin")?;
    let (_, after) = rest.split_once(END).ok_or("the page has no mark where the figures end")?;
    Ok(format!("{before}{BEGIN}{figures}{END}{after}"))
}
