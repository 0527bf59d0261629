//! The files of a connection by SQLite's own handles. By their paths they might be others by now, and to close another descriptor of the
//! database would drop the locks of this process.
#![allow(unsafe_code)] // SQLite has no safe door to its files.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rusqlite::{Connection, ffi};

/// One file of a connection, which nobody else uses meanwhile.
pub(super) struct Handle<'a> {
    file: NonNull<ffi::sqlite3_file>,
    methods: &'static ffi::sqlite3_io_methods,
    connection: PhantomData<&'a Connection>,
}

impl<'a> Handle<'a> {
    /// The database.
    pub(super) fn of_database(db: &'a Connection) -> rusqlite::Result<Self> {
        Self::of(db, ffi::SQLITE_FCNTL_FILE_POINTER)
    }

    /// The write-ahead log. The connection is within a transaction: before its first one it has none open.
    pub(super) fn of_log(db: &'a Connection) -> rusqlite::Result<Self> {
        Self::of(db, ffi::SQLITE_FCNTL_JOURNAL_POINTER)
    }

    fn of(db: &'a Connection, which: c_int) -> rusqlite::Result<Self> {
        let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
        // SAFETY: the handle is only passed on, and `db` is borrowed for as long as it is used.
        let connection = unsafe { db.handle() };
        // SAFETY: the connection is open, the name ends in NUL, and for these two operations SQLite writes one pointer to where the last
        // argument leads.
        let found =
            unsafe { ffi::sqlite3_file_control(connection, c"main".as_ptr(), which, (&raw mut file).cast::<c_void>()) };
        check(found)?;
        let file = NonNull::new(file).ok_or_else(missing)?;
        // SAFETY: SQLite's file objects live as long as the connection and its journal mode, which is not changed any more once the pool has connected.
        let methods = unsafe { file.as_ref() }.pMethods;
        // SAFETY: the table of methods of an open file is static; one that is not open has none.
        let methods = unsafe { methods.as_ref() }.ok_or_else(missing)?;
        Ok(Self { file, methods, connection: PhantomData })
    }

    /// What has been written is on the disk when this returns.
    pub(super) fn sync(&self) -> rusqlite::Result<()> {
        let sync = self.methods.xSync.ok_or_else(missing)?;
        // SAFETY: the method belongs to this file, which is open.
        check(unsafe { sync(self.file.as_ptr(), ffi::SQLITE_SYNC_NORMAL) })
    }

    /// Bytes in the file.
    pub(super) fn len(&self) -> rusqlite::Result<u64> {
        let size = self.methods.xFileSize.ok_or_else(missing)?;
        let mut bytes = 0;
        // SAFETY: as above; `bytes` outlives the call.
        check(unsafe { size(self.file.as_ptr(), &raw mut bytes) })?;
        Ok(bytes.cast_unsigned())
    }

    /// Fills `bytes` from `at` on; what is beyond the end is zeros.
    pub(super) fn read(&self, bytes: &mut [u8], at: u64) -> rusqlite::Result<()> {
        let read = self.methods.xRead.ok_or_else(missing)?;
        let length = c_int::try_from(bytes.len()).map_err(|_| missing())?;
        // SAFETY: as above; `length` bytes are ours to write.
        match unsafe { read(self.file.as_ptr(), bytes.as_mut_ptr().cast(), length, at.cast_signed()) } {
            ffi::SQLITE_IOERR_SHORT_READ => Ok(()),
            done => check(done),
        }
    }

    /// Writes `bytes` from `at` on.
    pub(super) fn write(&self, bytes: &[u8], at: u64) -> rusqlite::Result<()> {
        let write = self.methods.xWrite.ok_or_else(missing)?;
        let length = c_int::try_from(bytes.len()).map_err(|_| missing())?;
        // SAFETY: as above; `length` bytes can be read.
        check(unsafe { write(self.file.as_ptr(), bytes.as_ptr().cast(), length, at.cast_signed()) })
    }
}

fn check(code: c_int) -> rusqlite::Result<()> {
    match code {
        ffi::SQLITE_OK => Ok(()),
        refused => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(refused), None)),
    }
}

/// There is no such file, or it cannot do that.
fn missing() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTFOUND), None)
}
