//! The vendor's C ABI (PROTOCOL.md 3.1.1, `WeWorkFinanceSdk_C.h`), all 17 symbols, and the worker's entry.
//!
//! The only file that calls C. It trusts the library's pointers as far as its header promises, checks lengths and NULL,
//! and frees every slice. It never prints and never hands out a pointer.
#![allow(unsafe_code)] // Calling a C library and moving a file descriptor cannot be said in safe Rust.

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use libloading::Library;

use super::serve::{Chunk, FinanceSdk, Proxy, serve};

/// How often the worker looks whether its parent is still there. A worker that hangs in the library cannot see that
/// its input ended.
const PARENT_LOOK_MS: u64 = 1_000;
/// Bytes read from the parent at once.
const READ_BYTES: usize = 256 * 1024;
/// The library itself failed to make an object it needs: treated like a failed system call (10003).
const CODE_NO_OBJECT: i32 = 10003;

type Sdk = *mut c_void;
type Slice = *mut c_void;
type Media = *mut c_void;

struct Functions {
    new_sdk: unsafe extern "C" fn() -> Sdk,
    init: unsafe extern "C" fn(Sdk, *const c_char, *const c_char) -> c_int,
    get_chat_data: unsafe extern "C" fn(Sdk, c_ulonglong, c_uint, *const c_char, *const c_char, c_int, Slice) -> c_int,
    decrypt_data: unsafe extern "C" fn(*const c_char, *const c_char, Slice) -> c_int,
    get_media_data:
        unsafe extern "C" fn(Sdk, *const c_char, *const c_char, *const c_char, *const c_char, c_int, Media) -> c_int,
    destroy_sdk: unsafe extern "C" fn(Sdk),
    new_slice: unsafe extern "C" fn() -> Slice,
    free_slice: unsafe extern "C" fn(Slice),
    get_content_from_slice: unsafe extern "C" fn(Slice) -> *const c_char,
    get_slice_len: unsafe extern "C" fn(Slice) -> c_int,
    new_media_data: unsafe extern "C" fn() -> Media,
    free_media_data: unsafe extern "C" fn(Media),
    get_out_index_buf: unsafe extern "C" fn(Media) -> *const c_char,
    get_data: unsafe extern "C" fn(Media) -> *const c_char,
    get_index_len: unsafe extern "C" fn(Media) -> c_int,
    get_data_len: unsafe extern "C" fn(Media) -> c_int,
    is_media_data_finish: unsafe extern "C" fn(Media) -> c_int,
}

/// A symbol of the library as the type its header gives it.
///
/// # Safety
/// `T` must be the function's type.
unsafe fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T, String> {
    // SAFETY: the caller vouches for the type.
    let found = unsafe { library.get::<T>(name.as_bytes()) };
    found.map(|symbol| *symbol).map_err(|_| format!("the library has no {name}"))
}

impl Functions {
    fn of(library: &Library) -> Result<Self, String> {
        // SAFETY: the types are those of the vendor's header.
        unsafe {
            Ok(Self {
                new_sdk: symbol(library, "NewSdk")?,
                init: symbol(library, "Init")?,
                get_chat_data: symbol(library, "GetChatData")?,
                decrypt_data: symbol(library, "DecryptData")?,
                get_media_data: symbol(library, "GetMediaData")?,
                destroy_sdk: symbol(library, "DestroySdk")?,
                new_slice: symbol(library, "NewSlice")?,
                free_slice: symbol(library, "FreeSlice")?,
                get_content_from_slice: symbol(library, "GetContentFromSlice")?,
                get_slice_len: symbol(library, "GetSliceLen")?,
                new_media_data: symbol(library, "NewMediaData")?,
                free_media_data: symbol(library, "FreeMediaData")?,
                get_out_index_buf: symbol(library, "GetOutIndexBuf")?,
                get_data: symbol(library, "GetData")?,
                get_index_len: symbol(library, "GetIndexLen")?,
                get_data_len: symbol(library, "GetDataLen")?,
                is_media_data_finish: symbol(library, "IsMediaDataFinish")?,
            })
        }
    }
}

/// The loaded library with one SDK object. Field order matters: `library` is dropped last.
struct Loaded {
    functions: Functions,
    sdk: Sdk,
    proxy: Proxy,
    _library: Library,
}

impl Loaded {
    fn open(path: &Path) -> Result<Self, String> {
        // SAFETY: loading runs the library's constructors; the operator chose the library, and this process exists to
        // contain it.
        let library = unsafe { Library::new(path) }.map_err(|error| format!("cannot load the library: {error}"))?;
        let functions = Functions::of(&library)?;
        // SAFETY: as the header says; takes nothing.
        let sdk = unsafe { (functions.new_sdk)() };
        if sdk.is_null() {
            return Err("the library gave no SDK object".to_owned());
        }
        Ok(Self { functions, sdk, proxy: Proxy::default(), _library: library })
    }

    /// Runs a call that fills a slice, copies what it filled in, and frees it whatever happened.
    fn with_slice(&self, call: &dyn Fn(Slice) -> c_int) -> (i32, Vec<u8>) {
        // SAFETY: the slice lives from here to `free_slice`, and the content is copied between.
        unsafe {
            let slice = (self.functions.new_slice)();
            if slice.is_null() {
                return (CODE_NO_OBJECT, Vec::new());
            }
            let code = call(slice);
            let content = (self.functions.get_content_from_slice)(slice);
            let copied = if code == 0 { copy(content, (self.functions.get_slice_len)(slice)) } else { Vec::new() };
            (self.functions.free_slice)(slice);
            (code, copied)
        }
    }
}

/// # Safety
/// `content` must be NULL or point at `length` readable bytes.
unsafe fn copy(content: *const c_char, length: c_int) -> Vec<u8> {
    match usize::try_from(length) {
        // SAFETY: the caller vouches for pointer and length.
        Ok(length) if length > 0 && !content.is_null() => unsafe {
            std::slice::from_raw_parts(content.cast::<u8>(), length).to_vec()
        },
        _ => Vec::new(),
    }
}

impl FinanceSdk for Loaded {
    fn init(&mut self, corp: &CStr, secret: &CStr, proxy: Proxy) -> i32 {
        self.proxy = proxy;
        // SAFETY: both are NUL-terminated and outlive the call.
        unsafe { (self.functions.init)(self.sdk, corp.as_ptr(), secret.as_ptr()) }
    }

    fn fetch(&mut self, seq: u64, limit: u32, timeout_s: u32) -> (i32, Vec<u8>) {
        let (proxy, password) = (self.proxy.address.as_ptr(), self.proxy.password.as_ptr());
        // SAFETY: as the header says; the proxy's texts live as long as `self`.
        self.with_slice(&|slice| unsafe {
            (self.functions.get_chat_data)(self.sdk, seq, limit, proxy, password, timeout_s as c_int, slice)
        })
    }

    fn decrypt(&mut self, key: &CStr, message: &CStr) -> (i32, Vec<u8>) {
        // SAFETY: both are NUL-terminated and were checked by `input`.
        self.with_slice(&|slice| unsafe { (self.functions.decrypt_data)(key.as_ptr(), message.as_ptr(), slice) })
    }

    fn media(&mut self, index: &CStr, file: &CStr, timeout_s: u32) -> Chunk {
        let (proxy, password) = (self.proxy.address.as_ptr(), self.proxy.password.as_ptr());
        let functions = &self.functions;
        // SAFETY: the media object lives from here to `free_media_data`; data and index are copied by their lengths.
        unsafe {
            let media = (functions.new_media_data)();
            if media.is_null() {
                return Chunk { code: CODE_NO_OBJECT, finished: false, next_index: Vec::new(), data: Vec::new() };
            }
            let timeout = timeout_s as c_int;
            let code =
                (functions.get_media_data)(self.sdk, index.as_ptr(), file.as_ptr(), proxy, password, timeout, media);
            let mut chunk = Chunk { code, finished: false, next_index: Vec::new(), data: Vec::new() };
            if code == 0 {
                chunk.finished = (functions.is_media_data_finish)(media) == 1;
                chunk.next_index = copy((functions.get_out_index_buf)(media), (functions.get_index_len)(media));
                chunk.data = copy((functions.get_data)(media), (functions.get_data_len)(media));
            }
            (functions.free_media_data)(media);
            chunk
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: the object was made by `new_sdk` and is destroyed once.
        unsafe { (self.functions.destroy_sdk)(self.sdk) }
    }
}

/// The whole life of `xinlu sdk-worker --library PATH`: loads the library and serves frames on the standard streams
/// until the parent closes them or goes away.
pub fn worker_main(library: &Path) -> io::Result<()> {
    let mut output = take_stdout()?;
    let watch = watch_parent();
    let mut sdk = Loaded::open(library).map(|loaded| Box::new(loaded) as Box<dyn FinanceSdk>);
    let mut input = BufReader::with_capacity(READ_BYTES, io::stdin().lock());
    let served = serve(&mut sdk, &mut input, &mut output);
    drop(watch);
    served
}

/// Takes standard output for the frames and points descriptor 1 at standard error, so that nothing the library prints
/// can come between frames.
fn take_stdout() -> io::Result<File> {
    io::stdout().flush()?;
    // SAFETY: plain descriptor calls; the new descriptor is owned from here on.
    unsafe {
        let frames = libc::dup(libc::STDOUT_FILENO);
        if frames < 0 || libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from(OwnedFd::from_raw_fd(frames)))
    }
}

/// Ends this process when its parent is gone, even while the library hangs. Stops watching when the answer is dropped.
fn watch_parent() -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let parent = std::os::unix::process::parent_id();
    std::thread::spawn(move || {
        while receiver.recv_timeout(Duration::from_millis(PARENT_LOOK_MS)) == Err(mpsc::RecvTimeoutError::Timeout) {
            if std::os::unix::process::parent_id() != parent {
                std::process::exit(0);
            }
        }
    });
    sender
}
