// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/query.h"

#include <QTimer>
#include <QWidget>

#include <vector>

class QHBoxLayout;
class QLabel;
class QLineEdit;

namespace clipscope {

/// Words and, as chips, the moments and pictures they are combined with; a second field for what follows ("A then B").
/// Tells the query 250 ms after the last change, or at once on Enter. A chip is removed by clicking it or by Backspace
/// in front of the words.
class QueryBar : public QWidget {
    Q_OBJECT
public:
    explicit QueryBar(QWidget* parent = nullptr);

    /// Words first, then the other terms; top, matchBy and the like are the page's.
    Query query() const;
    bool isEmpty() const;
    QString words() const;
    void setWords(const QString& words);
    void addTerm(const QueryTerm& term, const QString& label, bool negative);
    /// Instead of all there was.
    void replaceBy(const QueryTerm& term, const QString& label);
    void clear();
    void focusWords();
    void askThen(); ///< shows the field for what follows and goes there
    static constexpr int kPauseMs = 250;

Q_SIGNALS:
    void queryChanged();
    void enterPressed(); ///< Enter, after queryChanged() where the query is new, or Down: go to the results
    void escapePressed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    struct Chip {
        QueryTerm term;
        QString label;
        bool negative = false;
    };
    void showChips();
    void hideThen();
    bool keyPressed(QLineEdit* field, int key);
    void tell();

    std::vector<Chip> m_chips;
    QHBoxLayout* m_chipLayout = nullptr;
    QLineEdit* m_words = nullptr;
    QLabel* m_thenLabel = nullptr;
    QLineEdit* m_then = nullptr;
    QTimer m_pause;
};

} // namespace clipscope
