use std::io::Cursor;

use proptest::prelude::*;

use super::*;

#[test]
fn the_table_is_in_the_order_of_the_enum() {
    for (at, row) in TABLE.iter().enumerate() {
        assert_eq!(row.format as usize, at, "{}", row.extension);
    }
}
