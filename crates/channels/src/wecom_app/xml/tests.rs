//! What WeCom sends, and what an attacker might.

use super::read;

#[test]
fn repeated_siblings_cdata_and_entities() {
    let xml = "<?xml version=\"1.0\"?><xml><A><![CDATA[a<b]]></A><A> x &amp; &#20013; </A><E/><N><A>deep</A></N></xml>";
    let root = read(xml.as_bytes()).expect("well formed");
    assert_eq!(root.name, "xml");
    let texts: Vec<&str> = root.all("A").iter().map(|element| element.text.as_str()).collect();
    assert_eq!(texts, ["a<b", "x & 中"]);
    assert_eq!(root.text_of("E"), "");
    assert_eq!(root.all("N").first().map(|element| element.text_of("A")), Some("deep"));
}

#[test]
fn refused_documents() {
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    let wide = format!("<a>{}</a>", "<b></b>".repeat(10_001));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>";
    for xml in ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", &deep, &wide, bomb] {
        assert_eq!(read(xml.as_bytes()), None, "{}", xml.get(..xml.len().min(40)).unwrap_or_default());
    }
    assert_eq!(read(&[0xff, 0xfe]), None);
}
