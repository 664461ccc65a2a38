//! How cells are spelt, and what a narrow terminal does to a sheet.

use super::*;

#[test]
fn people_and_files_get_their_own_spelling() {
    for (cell, people, file) in [
        (Cell::Nothing, "-", ""),
        (Cell::Octets(2048), "2.0 KiB", "2048"),
        (Cell::Of(12, 100), "12/100", "12"),
        (Cell::PerMille(987), "98.7 %", "98.7"),
        (Cell::Seconds(3725), "1:02:05", "3725"),
        (Cell::Seconds(65), "1:05", "65"),
        (Cell::Seconds(65).at_least(true), "1:05+", "65"),
        (Cell::Count(5).at_least(false), "5", "5"),
        (
            Cell::Moment(0),
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
        ),
        (
            Cell::Moment(i64::MAX),
            "9223372036854775807",
            "9223372036854775807",
        ),
    ] {
        assert_eq!(cell.for_people(true), people);
        assert_eq!(cell.for_files(true), file);
    }
}

#[test]
fn a_narrow_terminal_loses_spare_columns_first_and_is_told_so() {
    let mut sheet = Sheet::new(&[
        Head::text("caller", "Caller"),
        Head::number("uid", "UID").spare(1),
        Head::text("msg_id", "msg_id").spare(2),
        Head::file_only("more"),
    ]);
    let text = |text: &str| Cell::Text(text.to_owned());
    sheet.push(vec![
        text("Somebody <5550100>"),
        Cell::Count(7),
        text("1795427561-00000001"),
        Cell::Nothing,
    ]);
    let left_out = |room| sheet.table(room, false, true).1;
    assert_eq!(left_out(None), [""; 0]);
    assert_eq!(left_out(Some(80)), [""; 0]);
    assert_eq!(left_out(Some(40)), ["msg_id"]);
    assert_eq!(left_out(Some(12)), ["msg_id", "UID"]);
    let (text, left_out) = sheet.table(Some(40), false, true);
    assert!(text.contains('7') && !text.contains("1795427561"), "{text}");
    assert!(
        left_out_line(&left_out)
            .unwrap()
            .starts_with("(no room for: msg_id;")
    );
    assert_eq!(left_out_line(&[]), None);
}

#[test]
fn a_long_name_is_broken_before_a_column_is_left_out_for_it() {
    let mut sheet = Sheet::new(&[
        Head::text("caller", "Caller"),
        Head::text("msg_id", "msg_id").spare(1),
    ]);
    let text = |text: &str| Cell::Text(text.to_owned());
    sheet.push(vec![
        text("Somebody Whose Name Goes On And On For Ever <5550100>"),
        text("1795427561-00000001"),
    ]);
    let (text, left_out) = sheet.table(Some(60), false, true);
    assert_eq!(left_out, [""; 0]);
    assert!(text.lines().all(|line| line.len() <= 60), "{text}");
    assert!(text.contains("1795427561-00000001"), "{text}");
}
