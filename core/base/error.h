// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace clipscope {

/// What kind of thing went wrong; decides the wording of a dialog and the icon of a row, never the control flow.
enum class ErrorKind { Input, Media, Model, Index, Storage, Resource, Internal };

/// The one exception of core: what happened, to which file or setting, and what to try.
/// Third-party exceptions are translated to it at each room's edge. A bad file inside a batch is data, not an Error.
class Error : public std::runtime_error {
public:
    /// `subject` names the file or setting (may be empty), `remedy` is a sentence (may be empty).
    Error(ErrorKind kind, std::string happened, std::string subject = {}, std::string remedy = {});

    ErrorKind kind() const noexcept { return m_kind; }
    const std::string& happened() const noexcept { return m_happened; }
    const std::string& subject() const noexcept { return m_subject; }
    const std::string& remedy() const noexcept { return m_remedy; }
    /// happened + remedy without the subject: what a row that already names its file shows.
    std::string reason() const;

private:
    ErrorKind m_kind;
    std::string m_happened;
    std::string m_subject;
    std::string m_remedy;
};

/// No space is left for what is to be written. The one Error that mends itself: once space is free, the same step can
/// be made again (JobContext::onceThereIsSpace).
class DiskFull : public Error {
public:
    /// `happened` says that no space is left; the remedy is to free some.
    DiskFull(std::string happened, std::string file);
};

/// Thrown by JobContext::throwIfStopped(); deliberately not an Error and not a std::runtime_error:
/// stopping is what the user asked for.
class Cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

/// "input", "media", ... for logs and JSON.
const char* toString(ErrorKind kind);

} // namespace clipscope
