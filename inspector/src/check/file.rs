//! The frame of the file: what stands around each section's payload, and a reader that has an index passes
//! over.

use dumpfmt::container::{
    FileHeader, SECTION_ALIGNMENT, SECTION_END_MAGIC, SECTION_MAGIC, Sealed, SectionHeader, SectionTrailer,
};
use dumpfmt::pod;

/// What is wrong between the sections of `file`, from its front to the first thing that does not lead on.
pub fn frame(file: &[u8]) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(header) = pod::get::<FileHeader>(file, 0) else { return problems };
    let mut at = u64::from(header.header_size);
    while let Some(header) = pod::get::<SectionHeader>(file, at) {
        if header.magic != SECTION_MAGIC || !header.is_intact() {
            // After the last section the index begins; that it does is for the caller to know.
            break;
        }
        let end = header.offset.saturating_add(header.length);
        let Some(trailer_at) = end.checked_next_multiple_of(SECTION_ALIGNMENT) else { break };
        let trailer = pod::get::<SectionTrailer>(file, trailer_at);
        match trailer {
            Some(trailer) if trailer.magic != SECTION_END_MAGIC || !trailer.is_intact() => {
                problems
                    .push(format!("the trailer of section {} at offset {trailer_at} is damaged", header.id));
            }
            Some(trailer) if trailer.id != header.id => {
                problems.push(format!("section {} ends as section {}", header.id, trailer.id));
            }
            Some(_) | None => {}
        }
        let next = trailer_at.saturating_add(size_of::<SectionTrailer>() as u64);
        if next <= at {
            break;
        }
        at = next;
    }
    if let Some(found) = file.get(at as usize..)
        && at != end_of_sections(file).unwrap_or(at)
        && !found.is_empty()
    {
        problems.push(format!("the section's header at offset {at} is damaged"));
    }
    problems
}

/// Where the file's trailer says that the index starts.
fn end_of_sections(file: &[u8]) -> Option<u64> {
    use dumpfmt::container::FileTrailer;
    let at = (file.len() as u64).checked_sub(size_of::<FileTrailer>() as u64)?;
    pod::get::<FileTrailer>(file, at).filter(Sealed::is_intact).map(|trailer| trailer.index_offset)
}
