// A judge of our logs that shares no code with them: `judge DIR` checks the checkpoint and every entry and tile of
// a log directory, `judge DIR PROOF` an inclusion proof (c2sp.org/tlog-proof) of an entry in it, or a consistency
// proof ("consistency", hashes, blank line, old checkpoint). Prints OK and exits 0, or says why not and exits 1.
package main

import (
	"encoding/binary"
	"fmt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"os"
	"strconv"
	"strings"
)

type directory string

func (directory) Height() int                     { return 8 }
func (directory) SaveTiles([]tlog.Tile, [][]byte) {}
func (d directory) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		all = append(all, d.read(strconv.Itoa(t.L), t.N, int64(t.W)%256))
	}
	return all, nil
}
func (d directory) read(kind string, n, width int64) []byte {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if path = fmt.Sprint(d, "/tile/", kind, "/", path); width > 0 {
		path += fmt.Sprint(".p/", width)
	}
	return must(os.ReadFile(path))
}
func (d directory) entry(i, size int64) tlog.Hash {
	data := d.read("entries", i/256, map[bool]int64{true: size % 256}[i/256 == size/256])
	for skip := i % 256; skip > 0; skip-- {
		data = data[2+binary.BigEndian.Uint16(data):]
	}
	return tlog.RecordHash(data[2 : 2+binary.BigEndian.Uint16(data)])
}
func (d directory) open(text string) tlog.Tree {
	verifier := must(note.NewVerifier(strings.TrimSpace(string(must(os.ReadFile(string(d) + "/vkey"))))))
	lines := strings.Split(must(note.Open([]byte(text), note.VerifierList(verifier))).Text, "\n")
	check(lines[0] == verifier.Name(), "origin line is not the key's name")
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}
}
func check(good bool, why any) {
	if !good {
		fmt.Println("REFUSED:", why)
		os.Exit(1)
	}
}
func must[T any](value T, err error) T { check(err == nil, err); return value }
func main() {
	defer func() { why := recover(); check(why == nil, why); fmt.Println("OK") }()
	d := directory(os.Args[1])
	tree := d.open(string(must(os.ReadFile(string(d) + "/checkpoint"))))
	for i := int64(0); i < tree.N && len(os.Args) == 2; i++ {
		found := must(tlog.TileHashReader(tree, d).ReadHashes([]int64{tlog.StoredHashIndex(0, i)}))
		check(found[0] == d.entry(i, tree.N), fmt.Sprint("entry ", i, " is not the tree's"))
	}
	for _, path := range os.Args[2:] {
		head, signed, _ := strings.Cut(string(must(os.ReadFile(path))), "\n\n")
		lines, other, hashes := strings.Split(head, "\n"), d.open(signed), []tlog.Hash{}
		headLines := map[string]int{"consistency": 1, "c2sp.org/tlog-proof@v1": 2}[lines[0]]
		for _, line := range lines[headLines:] {
			hashes = append(hashes, must(tlog.ParseHash(line)))
		}
		if headLines == 1 {
			must(0, tlog.CheckTree(hashes, tree.N, tree.Hash, other.N, other.Hash))
		} else {
			i := must(strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64))
			must(0, tlog.CheckRecord(hashes, other.N, other.Hash, i, d.entry(i, tree.N)))
		}
	}
}
