"""What the course does otherwise with nbgrader's exchange, for a class on a JupyterHub.

Loaded by nbgrader_config.py. A student can put any folder into the exchange: one with somebody
else's name on it, or with links to what only the instructor can read. nbgrader warns of the first
and collects it all the same, and it follows links. Here a folder counts if it belongs to the
account whose name it bears, and only files of that account are taken out of it.
"""

import datetime
import errno
import glob
import os
import stat

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import temp_attrs

LARGEST = 32 << 20  # bytes of a notebook, as in grading.submissions; the rest is cut off
MOST = 20  # files of a submission
PATIENCE = 600  # seconds between a submission's own time and that of its files
SECRET = "submission_secret.txt"  # by which nbgrader knows whose feedback a page is


class Collect(ExchangeCollect):
    """nbgrader's collect, into submitted/, of what is a student's own."""

    def _sort_by_timestamp(self, records):
        """A student's submissions, first what is the student's own, and of that the newest."""
        own = {record["filename"]: self.is_own(record) for record in records}
        for name in own:
            if not own[name]:
                self.log.warning("%s: not that student's own, or not readable; left out", name)
        newest = super()._sort_by_timestamp(records)
        return sorted(newest, key=lambda record: not own[record["filename"]])

    def _path_to_record(self, path):
        """What the name of a folder says; of a name that nbgrader can't read, nobody's."""
        try:
            return super()._path_to_record(path)
        except (ExchangeError, ValueError, OverflowError):
            unknown = {"username": "", "timestamp": datetime.datetime.min}
            return {"filename": os.path.basename(path), **unknown}

    def is_own(self, record):
        """Whether a folder belongs to the account whose name it bears, and can be read."""
        path = os.path.join(self.inbound_path, record["filename"])
        found = os.lstat(path)
        is_theirs = not self.check_owner or owner_of(found) == record["username"]
        is_open = stat.S_ISDIR(found.st_mode) and os.access(path, os.R_OK | os.X_OK)
        return bool(record["username"]) and is_theirs and is_open

    def copy_files(self):
        """Copy into submitted/, whatever folder nbgrader's own lists are about."""
        self.src_records = [record for record in self.src_records if self.is_own(record)]
        with temp_attrs(self.coursedir, submitted_directory="submitted"):
            super().copy_files()

    def do_copy(self, src, dest, log=None):
        """Copy the files of a submission that are its owner's, and no link, pipe or folder."""
        os.makedirs(dest)
        folder = os.open(src, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            names = [name for name in sorted(os.listdir(folder)) if name.endswith(".ipynb")]
            for name in [*names[:MOST], SECRET]:
                self.take(folder, name, os.path.basename(src), dest)
        finally:
            os.close(folder)
        # last, as nbgrader takes a submission with it for collected
        with open(os.path.join(dest, "timestamp.txt"), "w", encoding="utf-8") as file:
            file.write(in_utc(self.handed_in(src)) + "\n")

    def handed_in(self, src):
        """When a submission was handed in, as the name of its folder says."""
        return self._path_to_record(src)["timestamp"].replace(tzinfo=datetime.UTC)

    def take(self, folder, name, submission, dest):
        """Copy a file out of an open folder, or say why not, and whether its time is another."""
        try:
            written = copy_file(folder, name, os.path.join(dest, name))
        except OSError as error:
            self.log.warning("%s: %s: %s; left out", submission, name, error.strerror)
            return
        said = self.handed_in(submission)
        if (written - said).total_seconds() > PATIENCE:
            self.log.warning(
                "%s: %s: handed in at %s, as the student's side says, but written at %s",
                submission, name, in_utc(said), in_utc(written),
            )  # fmt: skip


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's release of feedback, to those who handed in through the exchange."""

    def copy_files(self):
        """Leave out the others, instead of stopping at the first of them."""
        folders = [os.path.dirname(page) for page in glob.glob(f"{self.src_path}/*.html")]
        others = [f for f in folders if not os.path.exists(os.path.join(f, SECRET))]
        names = [os.path.basename(os.path.dirname(folder)) for folder in others]
        for name in names:
            self.log.warning("%s: didn't hand in through the exchange; left out", name)
        excluded = ",".join(filter(None, [self.coursedir.student_id_exclude, *names]))
        with temp_attrs(self.coursedir, student_id_exclude=excluded):
            super().copy_files()


def owner_of(found):
    """The name of the account that a file belongs to, or None."""
    import pwd  # which Windows doesn't have, nor the exchange

    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return None


def in_utc(moment):
    """A time, as timestamp.txt has it."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC"


def copy_file(folder, name, target):
    """Copy a file of an open folder; return when it was last changed. Raises OSError."""
    # what is looked at is what is read: a moment later a name may be another file's
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with open(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.fstat(folder).st_uid:
            raise PermissionError(errno.EPERM, "no file of the student's own")
        with open(target, "wb") as copy:
            copy.write(file.read(LARGEST + 1))
    return datetime.datetime.fromtimestamp(found.st_ctime, datetime.UTC)


c = get_config()  # noqa: F821, which nbgrader defines
c.ExchangeFactory.collect = Collect
c.ExchangeFactory.release_feedback = ReleaseFeedback
c.ExchangeCollect.update = True
