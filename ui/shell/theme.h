// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QObject>
#include <QPalette>
#include <QString>

class QApplication;
class QDBusVariant;

namespace clipscope {

enum class ThemeChoice { System, Light, Dark };
QString nameOf(ThemeChoice choice); ///< "system", "light", "dark"
ThemeChoice parseThemeChoice(const QString& text); ///< anything else is System

/// The colours of the window; every painted or styled thing takes its colour from here and nowhere else.
struct Tokens {
    bool dark = true;
    QColor bg; ///< canvas
    QColor surface; ///< panels, bars
    QColor raised; ///< chips, buttons, selected rows
    QColor line; ///< 1 px borders
    QColor text;
    QColor muted; ///< whatever is not the user's own content
    QColor accent; ///< focus, selection, the one primary button
    QColor onAccent; ///< text on accent
    QColor heat; ///< scores, query heat
    QColor ok;
    QColor bad; ///< never alone: with an icon or a word
};

const Tokens& darkTokens();
const Tokens& lightTokens();
/// The tokens a palette made by paletteOf() belongs to: what painters and delegates ask.
const Tokens& tokensFor(const QPalette& palette);
QPalette paletteOf(const Tokens& tokens);
QString styleSheetOf(const Tokens& tokens);
/// WCAG 2 contrast ratio, 1 to 21.
double contrast(const QColor& a, const QColor& b);

/// Applies a choice to the application and follows the desktop's light or dark preference while the choice is System.
class Theme : public QObject {
    Q_OBJECT
public:
    explicit Theme(QApplication& application, QObject* parent = nullptr);
    void setChoice(ThemeChoice choice);
    ThemeChoice choice() const { return m_choice; }

private Q_SLOTS:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void apply();
    void askDesktop();

    QApplication& m_application;
    ThemeChoice m_choice = ThemeChoice::System;
    bool m_systemDark = false;
    bool m_applied = false;
    bool m_appliedDark = false;
};

} // namespace clipscope
