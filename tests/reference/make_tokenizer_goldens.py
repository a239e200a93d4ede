#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token ids of the reference library (transformers' CLIPTokenizer and BertTokenizer, which stand on Rust's tokenizers).

Makes, in tokenizers/ beside itself:
  goldens.json         ids of odd texts with the small vocabularies here and with the real ones; for 10,000 captions a hash a hundred lines
  vocab.json merges.txt  a byte-pair vocabulary learned from TRAINING by the plain algorithm below (Sennrich et al. 2016)
  vocab.txt            a small WordPiece vocabulary
Texts that are not UTF-8 reach the reference as bytes.decode("utf-8", errors="replace"). Run once; the results are committed:
    python tests/reference/make_tokenizer_goldens.py SHARED BERT_VOCAB
SHARED holds data/ and models/clip-bpe-tokenizer, BERT_VOCAB is the vocab.txt of the starter's sentence encoder.
"""
import collections
import hashlib
import json
import pathlib
import re
import sys

import tokenizers
import transformers
from transformers import BertTokenizer, CLIPTokenizer

HERE = pathlib.Path(__file__).parent / "tokenizers"
TOKENS = 600

COLOURS = ["red", "green", "blue", "yellow", "purple"]
THINGS = ["ball", "box", "star", "triangle", "ring"]
ACTIONS = ["slides to the left", "bounces twice", "spins", "grows slowly", "isn't moving", "blinks 3 times, then hides"]
TRAINING = [f"A {c} {t} {a}." for i, c in enumerate(COLOURS) for j, t in enumerate(THINGS) for a in [ACTIONS[(i + 2 * j) % 6]]]
TRAINING += ["Zwei B\u00e4lle h\u00fcpfen", "\u4e00\u4e2a\u7403\u4e00\u4e2a\u7403", "caf\u00e9 caf\u00e9 cafe\u0301", "aaaa aaaaaa aaaaa", "it's it's they're", "\U0001F534 \U0001F534 ball"]

ODD = [
    "", " ", "\n\t\r ", "a", "A photo of a cat.", "  many   spaces\tand\r\nlines  ", "don't we'll they've I'm he'd it's you're 'S 'Tis", "'''s 's' ''t '", "rock'n'roll",
    "12345 3.14 1,000 4th x2 \u00bd \u2460 \u0664 \u2167", "!?!... --- (a)[b]{c} #tag @name $5 50% a+b=c ~^`|\\/<>", "snake_case CamelCase ALLCAPS", "http://example.org/a?b=c&d=1",
    "na\u00efve caf\u00e9 \u00c5ngstr\u00f6m \u00c7a\u011f", "cafe\u0301 A\u030angstro\u0308m", "e\u0323\u0301 e\u0301\u0323 \u1ecd\u0301", "\u0301\u0302 starts with marks", "q\u0323\u0307 d\u0307\u0323 \u1e9b\u0323",
    "z\u0351\u0328\u0335a\u0341\u0327\u0338l\u0316\u0301\u0334g\u0345\u0359o", "\u212b \u2126 \ufb01 \uff21\uff22 \u2075 \u2122", "\u0130stanbul \u0131\u015f\u0131k I\u0307", "\u03a3\u0391\u03a3 \u039f\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2 \u1fb3", "STRASSE Stra\u00dfe \u1e9e",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0451\u043b\u043a\u0430 \u0419\u043e\u0433", "\u4e00\u53ea\u732b\u5750\u5728\u57ab\u5b50\u4e0a", "\u6f22\u5b57\u3068\u3072\u3089\u304c\u306a\u3068\u30ab\u30bf\u30ab\u30ca\u3002", "\u304b\u3099\u304c \uff76\uff9e", "\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab\u1100\u116e\u11a8", "\U00020000\U0002a700\uf900\u3400 mixed \u4e2dwords\u56fd",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 \u0627\u0644\u0652\u062d\u064e\u0645\u0652\u062f\u064f", "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd \u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u05d9\u05ea", "abc \u202e\u05d0\u05d1\u05d2\u202c def \u200f\u200e", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u094d\u0937", "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22\u0e01\u0e33", "\u10d2\u10d0 \u1c92\u1c90 \u13a0\uab70 \u2c00",
    "\U0001F600 \U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F44D\U0001F3FD \U0001F1E9\U0001F1EA \u2764\ufe0f 1\ufe0f\u20e3", "dog\U0001F436dog\U0001F436", "\U0001d400\U0001d7d8 \U00010400\U00010428",
    "nul\x00inside \x00 \x00\x00", "bell\x07 esc\x1b[0m del\x7f c1\x85\x9f", "\x1c\x1d\x1e\x1f fs", "soft\u00adhyphen zero\u200bwidth\u200c\u200d bom\ufeff", "nbsp\u00a0thin\u2009ideographic\u3000line\u2028para\u2029ogham\u1680mvs\u180eend", "vt\x0bff\x0cnel",
    "\ufffd \ufffe \uffff \U0010ffff \ue000", "\u0378\u0379 \U000e0001",
    "<|startoftext|>", "<|endoftext|>", "a <|endoftext|> b<|startoftext|>c<|endoftext|><|endoftext|>", "<|ENDOFTEXT|> <|StartOfText|>! !<|STARTOFTEXT|>", "<|endoftext |> <|endoftex|> <|<|endoftext|>|>", "e<|endoftext|>\u0301",
    "[CLS] [SEP] [MASK] [PAD] [UNK]", "x[SEP]y [cls] [[SEP]] [SEP", "##ing # #ing", "unaffable playing", "x" * 100, "x" * 101, "\u00e9" * 100 + " " + "e\u0301" * 51,
    "ab" * 300, "a" * 1000, "1" * 200, "!?" * 150, "cat dog " * 60, "\u4e00" * 120, "A very long caption, " * 20,
    b"\xff", b"a\xffb \xfe\xfe", b"cut \xe4\xb8", b"cut \xf0\x9f\x98", b"\xf0\x9f\x98X \xe4X", b"overlong \xc0\xaf \xe0\x80\x80 \xf0\x80\x80\x80", b"surrogate \xed\xa0\x80\xed\xb0\x80", b"beyond \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", b"latin1 caf\xe9 na\xefve", b"\x80\xbf continuation", b"\xc3\x28 \xe2\x28\xa1 \xe2\x82\x28", bytes(range(256)),
]


def text_of(odd):
    return odd.decode("utf-8", errors="replace") if isinstance(odd, bytes) else odd


def byte_symbols():
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    order = printable + [b for b in range(256) if b not in printable]
    symbols, spare = {}, 256
    for b in range(256):
        symbols[b] = chr(b) if b in printable else chr(spare)
        spare += b not in printable
    return order, symbols


def learn(texts, tokens, cut):
    """The most frequent pair first, of equally frequent ones that of the smaller ids; a pair seen once is none."""
    order, symbols = byte_symbols()
    names = [symbols[b] for b in order] + [symbols[b] + "</w>" for b in order]
    words = collections.Counter()
    for text in texts:
        for word in cut(text):
            ids = [names.index(symbol) for symbol in word[:-1]] + [names.index(word[-1] + "</w>")]
            words[tuple(ids)] += 1
    merges, passed = [], set()
    while len(names) < tokens - 2:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        pairs = {p: n for p, n in pairs.items() if n >= 2 and p not in passed}
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        product = names[best[0]] + names[best[1]]
        if product in names:
            passed.add(best)
            continue
        merges.append((names[best[0]], names[best[1]]))
        names.append(product)
        new = collections.Counter()
        for word, count in words.items():
            out, i = [], 0
            while i < len(word):
                here = word[i : i + 2] == best
                out.append(len(names) - 1 if here else word[i])
                i += 2 if here else 1
            new[tuple(out)] += count
        words = new
    return names + ["<|startoftext|>", "<|endoftext|>"], merges


def captions(shared):
    data = shared / "data"
    lines = (data / "flickr8k-captions/Flickr8k.token.txt").read_text(encoding="utf-8").split("\n")
    texts = [line.split("\t", 1)[1] for line in lines[:35000:5]]
    for video in json.loads((data / "activitynet/captions/val_1.json").read_text(encoding="utf-8")).values():
        texts += video["sentences"]
    texts = texts[:9000]
    texts += (data / "text-small/rt-polarity.all").read_bytes().decode("utf-8", errors="replace").split("\n")[:1000]
    assert len(texts) == 10000
    return texts


def hashes(tokenizer, texts):
    ids = tokenizer(texts)["input_ids"]
    lines = [" ".join(map(str, one)) + "\n" for one in ids]
    return [hashlib.sha256("".join(lines[i : i + 100]).encode()).hexdigest()[:16] for i in range(0, len(lines), 100)]


def ids_of_odd(tokenizer):
    out = []
    for odd in ODD:
        ids = tokenizer(text_of(odd))["input_ids"]
        for limit in (2, 3, 12, 77):
            cut = tokenizer(text_of(odd), truncation=True, max_length=limit)["input_ids"]
            assert cut == (ids if len(ids) <= limit else ids[: limit - 1] + ids[-1:])
        out.append(ids)
    return out


def small_word_pieces():
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    tokens += list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list(letters) + ["##" + c for c in letters] + list("ABCXI") + ["##" + c for c in "ABCS"]
    tokens += ["photo", "cat", "dog", "many", "space", "##s", "##ing", "##able", "play", "una", "##ff", "caf\u00e9", "cafe", "angstrom", "\u00e9", "##\u00e9", "\u4e00", "\u732b", "\u6f22", "\u3072", "##\u3089", "\u0301", "\u2075", "\u03c3", "##\u03b1", "##\u03c3", "\u0451", "##\u043b", "\u0435", "\U0001F600", "\u05e9", "##\u05dc", "\u3002"]
    return list(dict.fromkeys(tokens))


def main():
    shared, bert_vocabulary = pathlib.Path(sys.argv[1]), sys.argv[2]
    HERE.mkdir(exist_ok=True)
    real = CLIPTokenizer.from_pretrained(str(shared / "models/clip-bpe-tokenizer"))

    def cut(text):
        backend = real.backend_tokenizer
        return [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(text))]

    names, merges = learn(TRAINING, TOKENS, cut)
    vocabulary = {name: i for i, name in enumerate(names)}
    (HERE / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    (HERE / "vocab.txt").write_text("".join(t + "\n" for t in small_word_pieces()), encoding="utf-8")

    def word_piece(path, lower):
        return BertTokenizer(str(path), do_lower_case=lower)

    kinds = {
        "clip": (CLIPTokenizer(vocab=vocabulary, merges=merges), real),
        "wordPiece": (word_piece(HERE / "vocab.txt", True), word_piece(bert_vocabulary, True)),
        "wordPieceCased": (word_piece(HERE / "vocab.txt", False), word_piece(bert_vocabulary, False)),
    }
    texts = captions(shared)
    golden = {
        "reference": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
        "captions": "Flickr8k.token.txt lines 1, 6, 11 ... 34996; sentences of ActivityNet's val_1.json up to the 9,000th text; lines 1 to 1,000 of rt-polarity.all",
        "trainingTokens": TOKENS,
        "training": TRAINING,
        "odd": [{"hex": odd.hex()} if isinstance(odd, bytes) else {"text": odd} for odd in ODD],
    }
    for kind, (small, full) in kinds.items():
        golden[kind] = {"small": ids_of_odd(small), "real": ids_of_odd(full), "hashes": hashes(full, texts)}
    # One text or list of ids a line.
    text = re.sub(r' (?=\{"text"|\{"hex"|\[\[\d)', "\n", json.dumps(golden))
    text = re.sub(r"(?<=\d\], )(?=\[\d)", "\n", text).replace(", \n", ",\n")
    assert json.loads(text) == golden
    (HERE / "goldens.json").write_text(text + "\n", encoding="ascii")


main()
