"""A Whisper checkpoint of random weights, a few hundred kilobytes, in faster-whisper's format."""

from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, FEED_FORWARD, AUDIO_FRAMES, TEXT_TOKENS, MELS = 16, 1, 32, 1500, 448, 80
SPECIAL = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]


def write(directory: Path, seed: int = 1) -> Path:
    """Write the checkpoint; returns the directory."""
    from ctranslate2.specs import whisper_spec

    directory.mkdir(parents=True, exist_ok=True)
    tokens = _tokenizer(directory)
    spec = whisper_spec.WhisperSpec(1, HEADS, 1, HEADS)
    rng = np.random.default_rng(seed)
    _fill(spec, rng, len(tokens))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [tokens.index("<|en|>")]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(directory))
    return directory


def _tokenizer(directory: Path) -> list[str]:
    """Bytes and the special tokens; returns the vocabulary in order."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: index for index, letter in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    timestamps = [f"<|{0.02 * step:.2f}|>" for step in range(1501)]
    names = [*SPECIAL, *timestamps]
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names])
    tokenizer.save(str(directory / "tokenizer.json"))
    return [*alphabet, *names]


def _fill(spec: Any, rng: np.random.Generator, tokens: int) -> None:
    def weights(*shape: int) -> "np.ndarray[Any, np.dtype[np.float32]]":
        return rng.normal(0, 0.4, shape).astype(np.float32)

    def linear(part: Any, outputs: int, inputs: int) -> None:
        part.weight, part.bias = weights(outputs, inputs), weights(outputs)

    def norm(part: Any) -> None:
        part.gamma, part.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def attention(part: Any, itself: bool) -> None:
        norm(part.layer_norm)
        sizes = [3 * WIDTH, WIDTH] if itself else [WIDTH, 2 * WIDTH, WIDTH]
        for piece, size in zip(part.linear, sizes, strict=True):
            linear(piece, size, WIDTH)

    def feed_forward(part: Any) -> None:
        norm(part.layer_norm)
        linear(part.linear_0, FEED_FORWARD, WIDTH)
        linear(part.linear_1, WIDTH, FEED_FORWARD)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3), weights(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3), weights(WIDTH)
    encoder.position_encodings.encodings = weights(AUDIO_FRAMES, WIDTH)
    norm(encoder.layer_norm)
    attention(encoder.layer[0].self_attention, itself=True)
    feed_forward(encoder.layer[0].ffn)
    decoder.embeddings.weight = weights(tokens, WIDTH)
    decoder.position_encodings.encodings = weights(TEXT_TOKENS, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    norm(decoder.layer_norm)
    attention(decoder.layer[0].self_attention, itself=True)
    attention(decoder.layer[0].attention, itself=False)
    feed_forward(decoder.layer[0].ffn)
