// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace clipscope {

/// What is typed into the query: words, and what is to be taken away, written -night or -"night sky".
struct QueryWords {
    QString wanted;
    QStringList unwanted;
};

/// A minus counts only in front of a word ("t-shirt" and "-" alone are words); quotes of wanted words stay.
QueryWords parseQueryWords(const QString& text);

} // namespace clipscope
