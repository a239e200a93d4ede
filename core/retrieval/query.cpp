// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/query.h"

#include "base/error.h"

#include <utility>

namespace clipscope {

QueryTerm QueryTerm::text(std::string words, double weight)
{
    QueryTerm term;
    term.kind = Kind::Words;
    term.words = std::move(words);
    term.weight = weight;
    return term;
}

QueryTerm QueryTerm::image(RgbImage picture, double weight)
{
    QueryTerm term;
    term.kind = Kind::Picture;
    term.picture = std::move(picture);
    term.weight = weight;
    return term;
}

QueryTerm QueryTerm::clip(VideoId video, double startSec, double endSec, double weight)
{
    QueryTerm term;
    term.kind = Kind::Clip;
    term.video = video;
    term.startSec = startSec;
    term.endSec = endSec;
    term.weight = weight;
    return term;
}

MatchBy parseMatchBy(const std::string& text)
{
    if (text == "both")
        return MatchBy::Both;
    if (text == "picture")
        return MatchBy::Picture;
    if (text == "names")
        return MatchBy::Names;
    throw Error(
        ErrorKind::Input, "there is no such way to match", "\"" + text + "\"", "Known are: both, picture, names.");
}

const char* toString(Reason reason)
{
    switch (reason) {
    case Reason::Picture:
        return "picture";
    case Reason::Name:
        return "name";
    case Reason::Caption:
        return "caption";
    case Reason::Subtitle:
        return "subtitle";
    }
    return "picture";
}

} // namespace clipscope
