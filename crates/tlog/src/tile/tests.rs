//! Paths and sizes of tiles, with the examples of the specification.

use super::{Bundle, LogFile, Tile, level_count, tile_count};
use crate::{Hash, TlogError};

#[test]
fn paths_are_those_of_the_specification() {
    let path = |level, index, width| Tile::new(level, index, width).unwrap().path();
    assert_eq!(path(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(path(63, 0, 1), "tile/63/000.p/1");
    assert_eq!(path(1, 999, 255), "tile/1/999.p/255");
    assert_eq!(path(1, 1000, 256), "tile/1/x001/000");
    assert_eq!(path(0, u64::MAX, 256), "tile/0/x018/x446/x744/x073/x709/x551/615");
    assert_eq!(Bundle::new(1_234_067, 7).unwrap().path(), "tile/entries/x001/x234/067.p/7");
    assert_eq!(Bundle::new(5, 256).unwrap().path(), "tile/entries/005");
}

#[test]
fn every_path_reads_back() {
    for index in [0, 1, 9, 255, 999, 1000, 1001, 999_999, 1_000_000, 123_456_789, u64::MAX] {
        for width in [1, 9, 10, 255, 256] {
            for level in [0, 1, 9, 63] {
                let tile = Tile::new(level, index, width).unwrap();
                assert_eq!(LogFile::from_path(&tile.path()), Ok(LogFile::Tile(tile)));
            }
            let bundle = Bundle::new(index, width).unwrap();
            assert_eq!(LogFile::from_path(&bundle.path()), Ok(LogFile::Bundle(bundle)));
        }
    }
}

#[test]
fn other_spellings_are_refused() {
    let bad = [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/x000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x000/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/+00",
        "tile/entries/0",
        "tile/entries/000.p/0",
        "tile/data/000",
        "Tile/0/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x001/000.p/1/2",
        "tile/0/../../000",
        "checkpoint",
    ];
    for path in bad {
        let refused = LogFile::from_path(path).unwrap_err();
        assert_eq!(refused, TlogError::PathMalformed { path: path.to_owned() });
        assert_eq!(refused.code(), "tlog.path_malformed");
    }
}

#[test]
fn a_tree_of_70000_has_the_tiles_of_the_specification() {
    let counts: Vec<_> = (0..4).map(|level| tile_count(level, 70_000)).collect();
    assert_eq!(counts, [274, 2, 1, 0]);
    assert_eq!(level_count(70_000), 3);
    let width = |level, index| Tile::at_size(level, index, 70_000).map(|tile| tile.width());
    assert_eq!(width(0, 272), Some(256));
    assert_eq!(width(0, 273), Some(112));
    assert_eq!(width(0, 274), None);
    assert_eq!(width(1, 0), Some(256));
    assert_eq!(width(1, 1), Some(17));
    assert_eq!(width(2, 0), Some(1));
    assert_eq!(width(3, 0), None);
    assert_eq!(Bundle::at_size(273, 70_000).map(|bundle| bundle.width()), Some(112));
}

#[test]
fn edges_of_sizes() {
    assert_eq!((level_count(0), tile_count(0, 0)), (0, 0));
    assert_eq!((level_count(256), tile_count(0, 256), tile_count(1, 256)), (2, 1, 1));
    assert_eq!(level_count(u64::MAX), 8);
    assert_eq!(Tile::at_size(0, u64::MAX, u64::MAX), None);
    assert!(Tile::new(0, 0, 0).is_err());
    assert!(Tile::new(0, 0, 257).is_err());
    assert!(Tile::new(64, 0, 1).is_err());
}

#[test]
fn a_tile_of_another_length_is_refused() {
    let tile = Tile::new(0, 1, 2).unwrap();
    assert_eq!(tile.decode(&[7; 64]).unwrap(), [Hash([7; 32]); 2]);
    for length in [0, 32, 63, 65, 96] {
        let refused = tile.decode(&vec![7; length]).unwrap_err();
        assert_eq!(refused.to_string(), format!("tile/0/001.p/2 has {length} bytes, expected 64"));
    }
}
