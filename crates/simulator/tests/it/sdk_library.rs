//! The simulated library, loaded by path like the vendor's, behind safe calls.

// Loading a library and calling C is unsafe by nature; the tests do it here and nowhere else.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::path::PathBuf;
use std::ptr;
use std::sync::Mutex;

use aws_lc_rs::rsa::Pkcs1PrivateDecryptingKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libloading::{Library, Symbol};
use serde_json::Value;
use wework_finance_sdk::rsa_keys::read_private_key;

use crate::harness::Simulator;

/// Every symbol of PROTOCOL.md 3.1.1.
pub const SYMBOLS: [&str; 17] = [
    "NewSdk",
    "Init",
    "GetChatData",
    "DecryptData",
    "GetMediaData",
    "DestroySdk",
    "NewSlice",
    "FreeSlice",
    "GetContentFromSlice",
    "GetSliceLen",
    "NewMediaData",
    "FreeMediaData",
    "GetOutIndexBuf",
    "GetData",
    "GetIndexLen",
    "GetDataLen",
    "IsMediaDataFinish",
];

/// The variable is read by `Init` and belongs to the whole process.
static ENVIRONMENT: Mutex<()> = Mutex::new(());

/// A chunk of media.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    pub data: Vec<u8>,
    pub index: String,
    pub finished: bool,
}

/// A handle of the library.
pub struct Sdk {
    library: Library,
    handle: *mut c_void,
}

/// The library that was built together with this test. Cargo copies it out of `deps` only for `cargo build`, so the one
/// beside the program may be older.
pub fn library() -> Library {
    let mut path = std::env::current_exe().unwrap();
    path.set_file_name("libwework_finance_sdk.so");
    unsafe { Library::new(&path) }.unwrap()
}

impl Sdk {
    /// `Init` for the first corp of a simulator.
    pub fn new(simulator: &Simulator) -> Self {
        Self::with(&simulator.url, &simulator.secret("corpid"), &simulator.secret("archive_secret"))
    }

    pub fn with(url: &str, corpid: &str, secret: &str) -> Self {
        let library = library();
        let sdk = Self { handle: unsafe { function::<extern "C" fn() -> *mut c_void>(&library, "NewSdk")() }, library };
        let _guard = ENVIRONMENT.lock().unwrap();
        // Sound because nothing else in the tests changes or reads the environment outside this lock.
        unsafe { std::env::set_var("XINLU_SIMULATOR_URL", url) };
        assert_eq!(sdk.init(Some(corpid), Some(secret)), 0);
        sdk
    }

    pub fn init(&self, corpid: Option<&str>, secret: Option<&str>) -> c_int {
        type Init = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> c_int;
        let (corpid, secret) = (corpid.map(text), secret.map(text));
        unsafe {
            function::<Init>(&self.library, "Init")(self.handle, pointer(corpid.as_ref()), pointer(secret.as_ref()))
        }
    }

    /// `GetChatData`: the JSON, or the code.
    pub fn chat_data(&self, seq: u64, limit: u32) -> Result<Value, c_int> {
        self.chat_bytes(seq, limit).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    pub fn chat_bytes(&self, seq: u64, limit: u32) -> Result<Vec<u8>, c_int> {
        type GetChatData = unsafe extern "C" fn(
            *mut c_void,
            c_ulonglong,
            c_uint,
            *const c_char,
            *const c_char,
            c_int,
            *mut c_void,
        ) -> c_int;
        let (proxy, password) = (text("socks5://10.0.0.1:8081"), text("user:pass"));
        self.sliced(|slice| unsafe {
            let call = function::<GetChatData>(&self.library, "GetChatData");
            call(self.handle, seq, limit, proxy.as_ptr(), password.as_ptr(), 5, slice)
        })
    }

    /// `DecryptData`: the plain bytes, or the code.
    pub fn decrypt(&self, key: Option<&str>, message: Option<&str>) -> Result<Vec<u8>, c_int> {
        decrypt(&self.library, key, message)
    }

    /// `GetMediaData`: a chunk, or the code.
    pub fn media_data(&self, index: &str, sdkfileid: &str) -> Result<Chunk, c_int> {
        type GetMediaData = unsafe extern "C" fn(
            *mut c_void,
            *const c_char,
            *const c_char,
            *const c_char,
            *const c_char,
            c_int,
            *mut c_void,
        ) -> c_int;
        type Make = unsafe extern "C" fn() -> *mut c_void;
        type Free = unsafe extern "C" fn(*mut c_void);
        let (index, id) = (text(index), text(sdkfileid));
        unsafe {
            let media = function::<Make>(&self.library, "NewMediaData")();
            let call = function::<GetMediaData>(&self.library, "GetMediaData");
            let code = call(self.handle, index.as_ptr(), id.as_ptr(), ptr::null(), ptr::null(), 5, media);
            let result = if code == 0 {
                Ok(Chunk {
                    data: bytes(&self.library, media, "GetData", "GetDataLen"),
                    index: String::from_utf8(bytes(&self.library, media, "GetOutIndexBuf", "GetIndexLen")).unwrap(),
                    finished: number(&self.library, media, "IsMediaDataFinish") == 1,
                })
            } else {
                Err(code)
            };
            function::<Free>(&self.library, "FreeMediaData")(media);
            result
        }
    }

    /// All chunks of a file, joined.
    pub fn media(&self, sdkfileid: &str) -> Result<Vec<u8>, c_int> {
        let (mut data, mut index) = (Vec::new(), String::new());
        loop {
            let chunk = self.media_data(&index, sdkfileid)?;
            data.extend(chunk.data);
            index = chunk.index;
            if chunk.finished {
                return Ok(data);
            }
        }
    }

    fn sliced(&self, call: impl FnOnce(*mut c_void) -> c_int) -> Result<Vec<u8>, c_int> {
        sliced(&self.library, call)
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        unsafe { function::<unsafe extern "C" fn(*mut c_void)>(&self.library, "DestroySdk")(self.handle) };
    }
}

/// `DecryptData`, which needs no handle.
pub fn decrypt(library: &Library, key: Option<&str>, message: Option<&str>) -> Result<Vec<u8>, c_int> {
    type DecryptData = unsafe extern "C" fn(*const c_char, *const c_char, *mut c_void) -> c_int;
    let (key, message) = (key.map(text), message.map(text));
    sliced(library, |slice| unsafe {
        function::<DecryptData>(library, "DecryptData")(pointer(key.as_ref()), pointer(message.as_ref()), slice)
    })
}

/// Undoes base64 and RSA with the private key on disk; the random key, if it is one.
pub fn random_key(simulator: &Simulator, version: &str, envelope: &Value) -> Option<String> {
    let folder = PathBuf::from(simulator.corp(0)["keys_folder"].as_str().unwrap());
    let pem = std::fs::read_to_string(folder.join(format!("{version}.pem"))).unwrap();
    let key = Pkcs1PrivateDecryptingKey::new(read_private_key(&pem).unwrap()).unwrap();
    let sealed = STANDARD.decode(envelope["encrypt_random_key"].as_str().unwrap()).unwrap();
    let mut buffer = vec![0; key.min_output_size()];
    let plain = key.decrypt(&sealed, &mut buffer).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

/// The plain bytes of an envelope, by the key version it names.
pub fn open(sdk: &Sdk, simulator: &Simulator, envelope: &Value) -> Result<Vec<u8>, c_int> {
    let version = envelope["publickey_ver"].to_string();
    let key = random_key(simulator, &version, envelope);
    sdk.decrypt(Some(&key.ok_or(10006)?), envelope["encrypt_chat_msg"].as_str())
}

fn sliced(library: &Library, call: impl FnOnce(*mut c_void) -> c_int) -> Result<Vec<u8>, c_int> {
    unsafe {
        let slice = function::<unsafe extern "C" fn() -> *mut c_void>(library, "NewSlice")();
        let code = call(slice);
        let result =
            if code == 0 { Ok(bytes(library, slice, "GetContentFromSlice", "GetSliceLen")) } else { Err(code) };
        function::<unsafe extern "C" fn(*mut c_void)>(library, "FreeSlice")(slice);
        result
    }
}

unsafe fn function<'l, T>(library: &'l Library, name: &str) -> Symbol<'l, T> {
    unsafe { library.get(name.as_bytes()) }.unwrap()
}

unsafe fn number(library: &Library, of: *mut c_void, name: &str) -> c_int {
    unsafe { function::<unsafe extern "C" fn(*mut c_void) -> c_int>(library, name)(of) }
}

unsafe fn bytes(library: &Library, of: *mut c_void, content: &str, length: &str) -> Vec<u8> {
    unsafe {
        let start = function::<unsafe extern "C" fn(*mut c_void) -> *const u8>(library, content)(of);
        let length = number(library, of, length);
        std::slice::from_raw_parts(start, length as usize).to_vec()
    }
}

fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}
