//! The one room with `unsafe`: libxml2's schema validator, spoken to as a listener of events.
//!
//! libxml2 compiles schemas that this program or its operator wrote, and is told the elements, attributes and texts of a
//! document that the guarded Rust parser has read. Its own parser never sees a byte of a document: there is no entity, no
//! `schemaLocation` and no line number for it to get wrong. Only functions and the two structures that have stood unchanged
//! since libxml2 2.6 are used, declared here: no header is needed to build, and any libxml2 that the linker finds will do.

#![expect(unsafe_code, reason = "libxml2 is a C library; this file is the border, and everything it offers is safe")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_uint, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::{Arc, OnceLock};

use crate::xml::document::Node;
use crate::xml::namespace::XSI;
use crate::xml::schema::source::{INTERNAL_ERROR, Sources};

/// A structure that only libxml2 looks into.
#[repr(C)]
struct Opaque {
    _private: [u8; 0],
}

/// The head of `xmlError`.
#[repr(C)]
struct ErrorHead {
    domain: c_int,
    code: c_int,
    message: *const c_char,
}

/// The head of `xmlParserInput`.
#[repr(C)]
struct InputHead {
    buffer: *mut Opaque,
    filename: *const c_char,
}

/// `xmlSAXHandler`, the listeners that are not called left as mere pointers.
#[repr(C)]
struct SaxHandler {
    before_characters: [*const c_void; 17],
    characters: Option<Characters>,
    after_characters: [*const c_void; 9],
    initialized: c_uint,
    private: *const c_void,
    start_element: Option<StartElement>,
    end_element: Option<EndElement>,
    structured_error: *const c_void,
}

type Name = *const c_uchar;
type Characters = unsafe extern "C" fn(*mut c_void, Name, c_int);
type StartElement = unsafe extern "C" fn(*mut c_void, Name, Name, Name, c_int, *mut Name, c_int, c_int, *mut Name);
type EndElement = unsafe extern "C" fn(*mut c_void, Name, Name, Name);
type ErrorListener = unsafe extern "C" fn(*mut c_void, *const ErrorHead);
type Loader = unsafe extern "C" fn(*const c_char, *const c_char, *mut Opaque) -> *mut InputHead;

#[link(name = "xml2")]
unsafe extern "C" {
    fn xmlInitParser();
    fn xmlGetExternalEntityLoader() -> Option<Loader>;
    fn xmlSetExternalEntityLoader(loader: Option<Loader>);
    fn xmlSetStructuredErrorFunc(data: *mut c_void, listener: Option<ErrorListener>);
    fn xmlStrdup(text: Name) -> *mut c_uchar;
    fn xmlParserInputBufferCreateMem(text: *const c_char, length: c_int, encoding: c_int) -> *mut Opaque;
    fn xmlFreeParserInputBuffer(buffer: *mut Opaque);
    fn xmlNewIOInputStream(parser: *mut Opaque, buffer: *mut Opaque, encoding: c_int) -> *mut InputHead;

    fn xmlSchemaNewParserCtxt(url: *const c_char) -> *mut Opaque;
    fn xmlSchemaSetParserStructuredErrors(parser: *mut Opaque, listener: Option<ErrorListener>, data: *mut c_void);
    fn xmlSchemaParse(parser: *mut Opaque) -> *mut Opaque;
    fn xmlSchemaFreeParserCtxt(parser: *mut Opaque);
    fn xmlSchemaFree(schema: *mut Opaque);

    fn xmlSchemaNewValidCtxt(schema: *mut Opaque) -> *mut Opaque;
    fn xmlSchemaSetValidStructuredErrors(context: *mut Opaque, listener: Option<ErrorListener>, data: *mut c_void);
    fn xmlSchemaFreeValidCtxt(context: *mut Opaque);
    fn xmlSchemaSAXPlug(context: *mut Opaque, sax: *mut *mut SaxHandler, data: *mut *mut c_void) -> *mut Opaque;
    fn xmlSchemaSAXUnplug(plug: *mut Opaque) -> c_int;
}

/// What libxml2 said: the number of its kind and the sentence.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) message: String,
}

/// Where libxml2's sentences arrive. It is only ever looked at through a shared reference.
#[derive(Default)]
struct Heard {
    said: RefCell<Vec<Said>>,
    some: Cell<bool>,
    broken: Cell<bool>,
}

unsafe extern "C" fn hear(data: *mut c_void, error: *const ErrorHead) {
    // SAFETY: `data` is the `Heard` that was given beside this function, alive as long as the context that calls; `error` is
    // libxml2's for the time of the call, its message null or a string.
    let (heard, code, message) = unsafe {
        let Some(error) = error.as_ref() else { return };
        let message = if error.message.is_null() { c"" } else { CStr::from_ptr(error.message) };
        (&*data.cast::<Heard>(), error.code, message)
    };
    heard.some.set(true);
    if code == INTERNAL_ERROR {
        heard.broken.set(true);
    }
    heard.said.borrow_mut().push(Said { code, message: message.to_string_lossy().trim_end().to_owned() });
}

thread_local! {
    /// The files of the schema that this thread compiles.
    static COMPILED_FROM: RefCell<Option<Arc<Sources>>> = const { RefCell::new(None) };
}

/// The loader that stood before ours.
static FORMER_LOADER: OnceLock<Option<Loader>> = OnceLock::new();

/// Gives libxml2 the files of the schema that is compiled, and nothing else; elsewhere in the process nothing changes.
unsafe extern "C" fn load(url: *const c_char, id: *const c_char, parser: *mut Opaque) -> *mut InputHead {
    let Some(sources) = COMPILED_FROM.with_borrow(Clone::clone) else {
        let former = FORMER_LOADER.get().copied().flatten();
        // SAFETY: the arguments are handed on as they came.
        return former.map_or(ptr::null_mut(), |former| unsafe { former(url, id, parser) });
    };
    if url.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: a string of libxml2, alive during the call.
    let url = unsafe { CStr::from_ptr(url) };
    let Some(text) = url.to_str().ok().and_then(|url| sources.at(url)) else { return ptr::null_mut() };
    let Ok(length) = c_int::try_from(text.len()) else { return ptr::null_mut() };
    // SAFETY: the text lives in `COMPILED_FROM` until the schema is compiled, which is when libxml2 has closed all its inputs.
    // A stream that is made owns its buffer; the name is duplicated because the stream frees it.
    unsafe {
        let buffer = xmlParserInputBufferCreateMem(text.as_ptr().cast(), length, 0);
        if buffer.is_null() {
            return ptr::null_mut();
        }
        let stream = xmlNewIOInputStream(parser, buffer, 0);
        if stream.is_null() {
            xmlFreeParserInputBuffer(buffer);
            return stream;
        }
        (*stream).filename = xmlStrdup(url.as_ptr().cast()).cast();
        stream
    }
}

/// A compiled schema.
pub(super) struct Compiled(NonNull<Opaque>);

// SAFETY: libxml2 writes to a schema while it compiles it and while it frees it, and only reads it between; what a validation
// writes is its own context. `many_threads_share_one_schema` holds it to that.
unsafe impl Send for Compiled {}
// SAFETY: the same.
unsafe impl Sync for Compiled {}

impl Compiled {
    /// Compiles the schema whose first file is `root`, or says what is wrong with it.
    pub(super) fn from(sources: &Arc<Sources>, root: &str) -> Result<Self, Vec<Said>> {
        FORMER_LOADER.get_or_init(|| {
            // SAFETY: both may be called at any time; the loader is set once and understands every caller.
            unsafe {
                xmlInitParser();
                let former = xmlGetExternalEntityLoader();
                xmlSetExternalEntityLoader(Some(load));
                former
            }
        });
        let Ok(url) = CString::new(root) else { return Err(Vec::new()) };
        let heard = Heard::default();
        let listener = ptr::from_ref(&heard).cast_mut().cast();
        COMPILED_FROM.set(Some(Arc::clone(sources)));
        // SAFETY: the parser is made, used and freed here; `heard` and `url` outlive it. What reading a file of the schema has to
        // say goes to the listener of the thread, which would else print it.
        let schema = unsafe {
            xmlSetStructuredErrorFunc(listener, Some(hear));
            let parser = xmlSchemaNewParserCtxt(url.as_ptr());
            let schema = if parser.is_null() {
                ptr::null_mut()
            } else {
                xmlSchemaSetParserStructuredErrors(parser, Some(hear), listener);
                let schema = xmlSchemaParse(parser);
                xmlSchemaFreeParserCtxt(parser);
                schema
            };
            xmlSetStructuredErrorFunc(ptr::null_mut(), None);
            schema
        };
        COMPILED_FROM.set(None);
        NonNull::new(schema).map(Self).ok_or_else(|| heard.said.into_inner())
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // SAFETY: made by `xmlSchemaParse`, freed once; every `Listener` borrows it and is gone.
        unsafe { xmlSchemaFree(self.0.as_ptr()) }
    }
}

/// What libxml2 keeps pointers to while an element is open. A frame is filled before the first pointer is taken.
#[derive(Default)]
struct Frame {
    /// Names, each with its final zero.
    text: Vec<u8>,
    /// Where in `text` they begin; nothing for a name that is not there.
    starts: Vec<Option<usize>>,
    /// What is handed over: five pointers for each attribute.
    attributes: Vec<Name>,
    /// Two for each namespace.
    namespaces: Vec<Name>,
}

impl Frame {
    fn clear(&mut self) {
        self.text.clear();
        self.starts.clear();
        self.attributes.clear();
        self.namespaces.clear();
    }

    fn write(&mut self, name: Option<&str>) {
        self.starts.push(name.map(|name| {
            let start = self.text.len();
            self.text.extend_from_slice(name.as_bytes());
            self.text.push(0);
            start
        }));
    }

    /// The n-th name that was written.
    fn name(&self, number: usize) -> Name {
        let start = self.starts.get(number).copied().flatten();
        start.and_then(|start| self.text.get(start..)).map_or(ptr::null(), <[u8]>::as_ptr)
    }

    /// Writes an element and all that is handed over with it.
    fn fill(&mut self, namespace: Option<&str>, local: &str, element: Option<Node<'_, '_>>) {
        self.clear();
        self.write(Some(local));
        self.write(namespace);
        let Some(element) = element else { return };
        let mut typed = element.parent_element().is_none();
        for attribute in element.attributes() {
            self.write(Some(attribute.name()));
            self.write(attribute.namespace());
            typed |= attribute.namespace() == Some(XSI);
        }
        // Prefixes matter where a value is a qualified name, which is in `xsi:type` alone.
        if typed {
            for binding in element.namespaces() {
                self.write(binding.name());
                self.write(Some(binding.uri()));
            }
        }
        let mut number = 2;
        for attribute in element.attributes() {
            let value = attribute.value().as_bytes().as_ptr_range();
            let (name, uri) = (self.name(number), self.name(number + 1));
            self.attributes.extend([name, ptr::null(), uri, value.start, value.end]);
            number += 2;
        }
        while number < self.starts.len() {
            let name = self.name(number);
            self.namespaces.push(name);
            number += 1;
        }
    }
}

/// One validation: it is told a document and listens to what libxml2 says of it.
pub(super) struct Listener<'s> {
    context: NonNull<Opaque>,
    plug: NonNull<Opaque>,
    data: *mut c_void,
    start_element: StartElement,
    end_element: EndElement,
    characters: Characters,
    heard: Box<Heard>,
    /// One for each open element, and those of before, to be filled again.
    frames: Vec<Frame>,
    depth: usize,
    schema: PhantomData<&'s Compiled>,
}

impl<'s> Listener<'s> {
    /// Begins a validation; nothing when there is no memory for one.
    pub(super) fn new(schema: &'s Compiled) -> Option<Self> {
        let heard = Box::<Heard>::default();
        // SAFETY: the schema outlives the context (`PhantomData`), and so does `heard`, which stays where its box put it. What
        // the plug offers is its own until it is unplugged.
        unsafe {
            let context = NonNull::new(xmlSchemaNewValidCtxt(schema.0.as_ptr()))?;
            xmlSchemaSetValidStructuredErrors(
                context.as_ptr(),
                Some(hear),
                ptr::from_ref::<Heard>(&heard).cast_mut().cast(),
            );
            let (mut sax, mut data) = (ptr::null_mut::<SaxHandler>(), ptr::null_mut());
            let plug = NonNull::new(xmlSchemaSAXPlug(context.as_ptr(), &raw mut sax, &raw mut data));
            let (Some(plug), Some(sax)) = (plug, sax.as_ref()) else {
                xmlSchemaFreeValidCtxt(context.as_ptr());
                return None;
            };
            let (Some(start_element), Some(end_element), Some(characters)) =
                (sax.start_element, sax.end_element, sax.characters)
            else {
                xmlSchemaSAXUnplug(plug.as_ptr());
                xmlSchemaFreeValidCtxt(context.as_ptr());
                return None;
            };
            let frames = Vec::with_capacity(32);
            let schema = PhantomData;
            Some(Self { context, plug, data, start_element, end_element, characters, heard, frames, depth: 0, schema })
        }
    }

    /// An element begins.
    pub(super) fn open(&mut self, element: Node<'_, '_>) {
        let name = element.tag_name();
        self.begin(name.namespace(), name.name(), Some(element));
    }

    /// An element begins that is not in the document.
    pub(super) fn open_stand_in(&mut self, namespace: Option<&str>, local: &str) {
        self.begin(namespace, local, None);
    }

    fn begin(&mut self, namespace: Option<&str>, local: &str, element: Option<Node<'_, '_>>) {
        if self.depth == self.frames.len() {
            self.frames.push(Frame::default());
        }
        let Some(frame) = self.frames.get_mut(self.depth) else { return };
        self.depth += 1;
        frame.fill(namespace, local, element);
        let count = |pointers: usize, each: usize| c_int::try_from(pointers / each).unwrap_or(0);
        let attributes = count(frame.attributes.len(), 5);
        let namespaces = count(frame.namespaces.len(), 2);
        // SAFETY: names end with zero and stay in the frame, untouched, until `close`; values are delimited by their ends and
        // copied by libxml2; the arrays are as long as their counts say.
        unsafe {
            (self.start_element)(
                self.data,
                frame.name(0),
                ptr::null(),
                frame.name(1),
                namespaces,
                frame.namespaces.as_mut_ptr(),
                attributes,
                0,
                frame.attributes.as_mut_ptr(),
            );
        }
    }

    /// Text in the element that is open.
    pub(super) fn text(&mut self, text: &str) {
        let Ok(length) = c_int::try_from(text.len()) else { return self.heard.broken.set(true) };
        if length > 0 && self.depth > 0 {
            // SAFETY: libxml2 reads that many bytes and copies what it keeps.
            unsafe { (self.characters)(self.data, text.as_ptr(), length) }
        }
    }

    /// The element that was opened last ends.
    pub(super) fn close(&mut self) {
        let Some(frame) = self.depth.checked_sub(1).and_then(|last| self.frames.get(last)) else { return };
        self.depth -= 1;
        // SAFETY: the frame is the one of `begin`; an end is never told without its beginning.
        unsafe { (self.end_element)(self.data, frame.name(0), ptr::null(), frame.name(1)) }
    }

    /// Takes what libxml2 said since it was asked last.
    pub(super) fn said(&self) -> Vec<Said> {
        if self.heard.some.replace(false) { self.heard.said.take() } else { Vec::new() }
    }

    /// Whether libxml2 gave up, for want of memory or in a state it does not know.
    pub(super) fn is_broken(&self) -> bool {
        self.heard.broken.get()
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        // SAFETY: both were made in `new` and are freed once, the plug first.
        unsafe {
            xmlSchemaSAXUnplug(self.plug.as_ptr());
            xmlSchemaFreeValidCtxt(self.context.as_ptr());
        }
    }
}

#[cfg(test)]
pub(super) mod layout {
    //! Where this file believes the fields of libxml2's structures to be.

    use std::mem::offset_of;

    use super::{ErrorHead, InputHead, SaxHandler};

    pub(crate) const CHARACTERS: usize = offset_of!(SaxHandler, characters);
    pub(crate) const START_ELEMENT: usize = offset_of!(SaxHandler, start_element);
    pub(crate) const END_ELEMENT: usize = offset_of!(SaxHandler, end_element);
    pub(crate) const CODE: usize = offset_of!(ErrorHead, code);
    pub(crate) const MESSAGE: usize = offset_of!(ErrorHead, message);
    pub(crate) const FILENAME: usize = offset_of!(InputHead, filename);
}
