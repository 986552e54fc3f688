//! AMR narrowband (RFC 4867 section 5, one channel) as WAV.
//!
//! The decoder is bit-exact to 3GPP TS 26.073; comfort noise between utterances is part of it. A recording that breaks off is
//! played as far as it goes.

use codec_core::codecs::amr::nb::bitstream::{parse, parse_sid_header};
use codec_core::codecs::amr::nb::decoder::Decoder;
use codec_core::codecs::amr::nb::dtx::RxFrameType;
use codec_core::codecs::amr::{AmrFrameType, AmrPayloadFrame, AmrStorageReader, AmrVariant};

use super::Fault;

/// Half an hour at 50 frames a second: 29 MB of WAV, all of it in memory. A voice message ends after a minute.
const FRAMES_MAX: usize = 30 * 60 * 50;
const SAMPLES_PER_SECOND: u32 = 8_000;
const SAMPLE_BYTES: u32 = 2;
/// 20 ms.
const FRAME_BYTES: usize = 160 * SAMPLE_BYTES as usize;
/// The layout of the parameters of a comfort-noise frame.
const COMFORT_NOISE: u8 = 8;

/// The recording as WAV: PCM, 8 kHz, 16 bits, one channel.
pub(super) fn wav(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut reader = AmrStorageReader::new(bytes).map_err(|_| Fault::Unsupported)?;
    if reader.variant() != AmrVariant::NarrowBand {
        return Err(Fault::Unsupported);
    }
    let frames = frames(bytes)?;
    let mut decoder = Decoder::new();
    let mut mode = 0;
    let mut samples: Vec<u8> = Vec::with_capacity(frames * FRAME_BYTES);
    while let Ok(Some(frame)) = reader.next_frame() {
        let decoded = decode(&mut decoder, &mut mode, &frame).ok_or(Fault::Unsupported)?;
        samples.extend(decoded.iter().flat_map(|sample| sample.to_le_bytes()));
    }
    if samples.is_empty() {
        return Err(Fault::Unsupported);
    }
    let mut wav = header(samples.len() as u32);
    wav.append(&mut samples);
    Ok(wav)
}

/// Counts the whole frames, which is quick beside decoding them.
fn frames(bytes: &[u8]) -> Result<usize, Fault> {
    let mut reader = AmrStorageReader::new(bytes).map_err(|_| Fault::Unsupported)?;
    let mut frames = 0;
    while let Ok(Some(_)) = reader.next_frame() {
        frames += 1;
        if frames > FRAMES_MAX {
            return Err(Fault::TooLarge);
        }
    }
    Ok(frames)
}

/// A frame's 160 samples; `mode` is the speech mode that was used last.
fn decode(decoder: &mut Decoder, mode: &mut u8, frame: &AmrPayloadFrame) -> Option<[i16; 160]> {
    match frame.frame_type {
        AmrFrameType::Speech(spoken) => {
            *mode = spoken.index();
            let heard = if frame.quality_ok { RxFrameType::SpeechGood } else { RxFrameType::SpeechBad };
            Some(decoder.decode_typed(heard, *mode, &parse(*mode, &frame.data)?))
        }
        AmrFrameType::Sid(_) => {
            let header = parse_sid_header(&frame.data)?;
            *mode = header.mode_index;
            let (heard, parameters) = match (frame.quality_ok, header.update) {
                (false, _) => (RxFrameType::SidBad, parse(COMFORT_NOISE, &frame.data)?),
                (true, true) => (RxFrameType::SidUpdate, parse(COMFORT_NOISE, &frame.data)?),
                (true, false) => (RxFrameType::SidFirst, Vec::new()),
            };
            Some(decoder.decode_typed(heard, *mode, &parameters))
        }
        AmrFrameType::NoData | AmrFrameType::SpeechLost => Some(decoder.decode_typed(RxFrameType::NoData, *mode, &[])),
    }
}

/// RIFF WAVE, format 1 (PCM).
fn header(data_bytes: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(44 + data_bytes as usize);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    // PCM, one channel.
    for number in [1_u16, 1] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for number in [SAMPLES_PER_SECOND, SAMPLES_PER_SECOND * SAMPLE_BYTES] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    // Bytes of a sample of all channels, bits of one.
    for number in [SAMPLE_BYTES as u16, 16] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(b"data");
    out.extend_from_slice(&data_bytes.to_le_bytes());
    out
}
