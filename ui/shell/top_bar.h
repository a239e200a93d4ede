// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace clipscope {

class ElidedButton;
class ElidedLabel;
class QueryBar;

/// Library name and count, the query, the encoder in use and what it knows; under the query a plain note where there is
/// one. Nothing in it hides: long texts are cut.
class TopBar : public QWidget {
    Q_OBJECT
public:
    explicit TopBar(QWidget* parent = nullptr);
    QueryBar& queryBar() { return *m_query; }
    void setLibrary(const QString& name, const QString& counts);
    void setEncoder(const QString& text, const QString& note);
    void setNote(const QString& note);

Q_SIGNALS:
    void encoderClicked();

private:
    ElidedLabel* m_name = nullptr;
    ElidedLabel* m_counts = nullptr;
    QueryBar* m_query = nullptr;
    ElidedButton* m_encoder = nullptr;
    ElidedLabel* m_encoderNote = nullptr;
    ElidedLabel* m_note = nullptr;
};

} // namespace clipscope
