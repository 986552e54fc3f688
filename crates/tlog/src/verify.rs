//! Checking proofs against roots.
//!
//! Source: RFC 9162 sections 2.1.3.2 and 2.1.4.2, which give the algorithms for the trees of RFC 6962. Never
//! trusts a proof's length: one hash too many or too few is refused.

use crate::hash::node_hash;
use crate::{Hash, TlogError};

/// Accepts only if `proof` leads from the leaf at `index` to `root` in a tree of `size` leaves.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, root: &Hash, proof: &[Hash]) -> Result<(), TlogError> {
    if root_from_inclusion(index, size, leaf, proof)? == *root { Ok(()) } else { Err(TlogError::ProofInvalid) }
}

/// The root to which an inclusion proof leads.
pub fn root_from_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash]) -> Result<Hash, TlogError> {
    if index >= size {
        return Err(TlogError::OutsideTree { value: index, size });
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut root = *leaf;
    for sibling in proof {
        root = if path.joins_left()? { node_hash(sibling, &root) } else { node_hash(&root, sibling) };
        path.climb();
    }
    if path.last == 0 { Ok(root) } else { Err(TlogError::ProofInvalid) }
}

/// Accepts only if `proof` shows that the tree of `size` leaves and `root` begins with the tree of `old_size`
/// leaves and `old_root`. Between equal sizes the proof is empty and the roots are equal. Every tree begins
/// with the empty one, so a proof from size 0 says nothing and is refused.
pub fn verify_consistency(
    old_size: u64,
    size: u64,
    old_root: &Hash,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), TlogError> {
    if old_size == 0 || old_size > size {
        return Err(TlogError::OutsideTree { value: old_size, size });
    }
    if old_size == size {
        return if proof.is_empty() && old_root == root { Ok(()) } else { Err(TlogError::ProofInvalid) };
    }
    // The subtree that both trees share at the old right edge: the old tree itself if it is perfect.
    let (shared, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(TlogError::ProofInvalid)?
    };
    let height = old_size.trailing_zeros();
    let mut path = Path { node: (old_size - 1) >> height, last: (size - 1) >> height };
    let (mut old_found, mut found) = (*shared, *shared);
    for sibling in rest {
        if path.joins_left()? {
            old_found = node_hash(sibling, &old_found);
            found = node_hash(sibling, &found);
        } else {
            found = node_hash(&found, sibling);
        }
        path.climb();
    }
    let complete = path.last == 0;
    if complete && old_found == *old_root && found == *root { Ok(()) } else { Err(TlogError::ProofInvalid) }
}

/// A node on its way up: its index and the last index at the same height.
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// Whether the next hash stands to the left. Nodes at the right edge skip the heights where they have
    /// no sibling.
    fn joins_left(&mut self) -> Result<bool, TlogError> {
        if self.last == 0 {
            return Err(TlogError::ProofInvalid);
        }
        if self.node == self.last {
            let alone = self.node.trailing_zeros();
            self.node >>= alone;
            self.last >>= alone;
        }
        Ok(self.node % 2 == 1)
    }

    fn climb(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}
