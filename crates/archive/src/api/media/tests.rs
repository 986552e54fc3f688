//! Ranges and names as headers say them.

use xinlu_model::MediaId;

use super::{Wanted, disposition, range};

#[test]
fn one_range_is_understood_and_others_give_the_whole() {
    assert_eq!(range("bytes=0-0", 10), Wanted::Part(0, 1));
    assert_eq!(range("bytes=3-", 10), Wanted::Part(3, 10));
    assert_eq!(range("bytes=3-99", 10), Wanted::Part(3, 10));
    assert_eq!(range("bytes=-4", 10), Wanted::Part(6, 10));
    assert_eq!(range("bytes=-40", 10), Wanted::Part(0, 10));
    assert_eq!(range("bytes=0-18446744073709551615", 10), Wanted::Part(0, 10));
    assert_eq!(range("bytes=10-", 10), Wanted::Outside);
    assert_eq!(range("bytes=-0", 10), Wanted::Outside);
    assert_eq!(range("bytes=0-", 0), Wanted::Outside);
    for whole in ["bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=", "bytes=a-b", ""] {
        assert_eq!(range(whole, 10), Wanted::Whole, "{whole}");
    }
}

#[test]
fn a_file_name_stays_data() {
    let said = disposition(false, "../a\"b\r\n资料.docx", MediaId::new(7));
    assert_eq!(said, "attachment; filename=\"media-7\"; filename*=UTF-8''..%2Fa%22b%0D%0A%E8%B5%84%E6%96%99.docx");
    assert_eq!(disposition(true, "", MediaId::new(7)), "inline; filename=\"media-7\"");
}
