// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

#include <utility>

namespace clipscope {

namespace {
std::string sentence(const std::string& happened, const std::string& subject, const std::string& remedy)
{
    std::string out = subject.empty() ? happened : subject + ": " + happened;
    if (!remedy.empty())
        out += (out.ends_with('.') ? " " : ". ") + remedy;
    return out;
}
} // namespace

Error::Error(ErrorKind kind, std::string happened, std::string subject, std::string remedy)
    : std::runtime_error(sentence(happened, subject, remedy))
    , m_kind(kind)
    , m_happened(std::move(happened))
    , m_subject(std::move(subject))
    , m_remedy(std::move(remedy))
{
}

std::string Error::reason() const
{
    return sentence(m_happened, {}, m_remedy);
}

DiskFull::DiskFull(std::string happened, std::string file)
    : Error(ErrorKind::Storage, std::move(happened), std::move(file),
        "Free some space and start the same step again; nothing finished is lost.")
{
}

const char* toString(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Input:
        return "input";
    case ErrorKind::Media:
        return "media";
    case ErrorKind::Model:
        return "model";
    case ErrorKind::Index:
        return "index";
    case ErrorKind::Storage:
        return "storage";
    case ErrorKind::Resource:
        return "resource";
    case ErrorKind::Internal:
        return "internal";
    }
    return "internal";
}

} // namespace clipscope
