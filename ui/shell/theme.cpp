// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/theme.h"

#include "shell/field_style.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFont>

#include <cmath>

namespace clipscope {

namespace {
const auto kPortal = QStringLiteral("org.freedesktop.portal.Desktop");
const auto kPortalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kPortalSettings = QStringLiteral("org.freedesktop.portal.Settings");
const auto kAppearance = QStringLiteral("org.freedesktop.appearance");
const auto kColorScheme = QStringLiteral("color-scheme");
constexpr double kBodyPoints = 9.75; // 13 px at 96 dpi, and larger where the desktop scales

double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}
} // namespace

QString nameOf(ThemeChoice choice)
{
    switch (choice) {
    case ThemeChoice::Light:
        return QStringLiteral("light");
    case ThemeChoice::Dark:
        return QStringLiteral("dark");
    case ThemeChoice::System:
        break;
    }
    return QStringLiteral("system");
}

ThemeChoice parseThemeChoice(const QString& text)
{
    if (text == QLatin1String("light"))
        return ThemeChoice::Light;
    return text == QLatin1String("dark") ? ThemeChoice::Dark : ThemeChoice::System;
}

const Tokens& darkTokens()
{
    static const Tokens tokens{true, QColor(0x14161a), QColor(0x1b1e24), QColor(0x252932), QColor(0x30353f),
        QColor(0xe8eaef), QColor(0x98a1b0), QColor(0x5aa2ff), QColor(0x14161a), QColor(0xf2a93b), QColor(0x45c98b),
        QColor(0xff7161)};
    return tokens;
}

const Tokens& lightTokens()
{
    static const Tokens tokens{false, QColor(0xf4f5f7), QColor(0xffffff), QColor(0xeceef2), QColor(0xd5d9e0),
        QColor(0x1b1e24), QColor(0x5b6472), QColor(0x1f6feb), QColor(0xffffff), QColor(0xc57600), QColor(0x14804a),
        QColor(0xc6352a)};
    return tokens;
}

const Tokens& tokensFor(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < 128 ? darkTokens() : lightTokens();
}

QPalette paletteOf(const Tokens& t)
{
    QPalette palette;
    palette.setColor(QPalette::Window, t.bg);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.surface);
    palette.setColor(QPalette::AlternateBase, t.bg);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::PlaceholderText, t.muted);
    palette.setColor(QPalette::Button, t.raised);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.bad);
    palette.setColor(QPalette::ToolTipBase, t.raised);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.text);
    palette.setColor(QPalette::LinkVisited, t.muted);
    palette.setColor(QPalette::Light, t.raised);
    palette.setColor(QPalette::Midlight, t.raised);
    palette.setColor(QPalette::Mid, t.line);
    palette.setColor(QPalette::Dark, t.line);
    palette.setColor(QPalette::Shadow, t.bg);
    for (QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, t.muted);
    return palette;
}

QString styleSheetOf(const Tokens& t)
{
    // Names in braces are tokens; the sheet itself knows no colour.
    QString sheet = QStringLiteral(R"(
QToolTip { background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px; }
QMenuBar { background: {surface}; color: {text}; border-bottom: 1px solid {line}; }
QMenuBar::item { padding: 4px 8px; background: transparent; }
QMenuBar::item:selected { background: {raised}; }
QMenu { background: {surface}; color: {text}; border: 1px solid {line}; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: {raised}; }
QMenu::item:disabled { color: {muted}; }
QMenu::separator { height: 1px; background: {line}; margin: 4px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 4px; }
QPushButton, QToolButton#chip { background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 12px; }
QPushButton:hover, QToolButton#chip:hover { border-color: {muted}; }
QPushButton:focus, QToolButton#chip:focus { border-color: {accent}; }
QPushButton:pressed, QToolButton#chip:pressed { background: {line}; }
QPushButton:disabled { color: {muted}; background: {surface}; }
QPushButton:checked { border-color: {accent}; }
QPushButton#small { padding: 1px 8px; }
QPushButton#primary { background: {accent}; color: {onAccent}; border-color: {accent}; }
QPushButton#primary:hover, QPushButton#primary:focus { border: 1px solid {text}; }
QPushButton#primary:disabled { background: {raised}; color: {muted}; border-color: {line}; }
QPushButton#link, QToolButton#flat { background: transparent; border: 1px solid transparent; color: {text}; padding: 2px 4px; border-radius: 4px; text-align: left; }
QPushButton#link { text-decoration: underline; color: {muted}; padding: 2px 0px; }
QPushButton#link:hover, QToolButton#flat:hover { background: {raised}; }
QPushButton#link:focus, QToolButton#flat:focus { border-color: {accent}; }
QPushButton#entry { background: {surface}; border: 1px solid {line}; border-radius: 5px; padding: 10px 12px; text-align: left; }
QPushButton#entry:hover { background: {raised}; }
QPushButton#entry:focus { border-color: {accent}; }
QLineEdit { background: {surface}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 8px; selection-background-color: {accent}; selection-color: {onAccent}; }
QLineEdit:focus { border-color: {accent}; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0px 4px; }
QWidget#queryBar { background: {bg}; border: 1px solid {line}; border-radius: 6px; }
QWidget#queryBar[active="true"] { border: 1px solid {accent}; }
QWidget#queryBar QLineEdit { border: none; background: transparent; padding: 0px 4px; }
QToolButton#term { background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 4px; padding: 3px 8px; }
QToolButton#term[negative="true"] { border-color: {bad}; }
QToolButton#term:hover { border-color: {muted}; }
QToolButton#term:focus { border-color: {accent}; }
QWidget#topBar, QWidget#jobBar, QWidget#panel, QWidget#rail { background: {surface}; }
QWidget#topBar { border-bottom: 1px solid {line}; }
QWidget#jobBar { border-top: 1px solid {line}; }
QWidget#rail { border-right: 1px solid {line}; }
QWidget#momentPanel { background: {surface}; border-left: 1px solid {line}; }
QScrollArea#details, QScrollArea#details > QWidget, QScrollArea#details > QWidget > QWidget { background: {surface}; }
QWidget#panel { border-top: 1px solid {line}; }
QWidget#notice { background: {raised}; border-bottom: 1px solid {line}; }
QWidget#dropPlace { border: 1px dashed {muted}; border-radius: 6px; background: {surface}; }
QToolButton#railButton { background: transparent; border: none; border-left: 3px solid transparent; padding: 8px 4px; color: {muted}; }
QToolButton#railButton:hover { background: {raised}; color: {text}; }
QToolButton#railButton:checked { background: {raised}; color: {text}; border-left: 3px solid {accent}; }
QToolButton#railButton:focus { color: {text}; border-right: 1px solid {accent}; }
QLabel#badge, QToolButton#badge { background: {surface}; color: {text}; border: 1px solid {line}; border-radius: 11px; padding: 3px 12px; }
QToolButton#badge:focus, QToolButton#badge:hover { border-color: {accent}; }
QLabel#key { background: {raised}; border: 1px solid {line}; border-radius: 3px; padding: 0px 5px; color: {text}; }
QLabel#title { font-size: 16px; font-weight: 600; }
QLabel#huge { font-size: 26px; font-weight: 600; }
QLabel#strong { font-weight: 600; }
QLabel#muted { color: {muted}; }
QLabel#paper { color: {muted}; border: 1px solid {line}; border-radius: 3px; padding: 0px 5px; }
QLabel#formula { background: {bg}; border: 1px solid {line}; border-radius: 4px; padding: 6px; }
QFrame#rule { background: {line}; border: none; }
QWidget#figure { border: 1px solid {bg}; }
QWidget#figure:focus { border-color: {accent}; }
QPlainTextEdit { background: {surface}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 2px 4px; selection-background-color: {accent}; selection-color: {onAccent}; }
QPlainTextEdit:focus { border-color: {accent}; }
QLabel#bad { color: {bad}; }
QAbstractItemView { background: {bg}; color: {text}; border: none; outline: none; selection-background-color: {raised}; selection-color: {text}; }
QTableView { background: {surface}; border: 1px solid {surface}; font-size: 12px; }
QTableView:focus { border-color: {accent}; }
QTableView::item { padding: 2px 8px; border-bottom: 1px solid {line}; }
QTableView::item:selected { background: {raised}; color: {text}; }
QHeaderView { background: {surface}; }
QHeaderView::section { background: {surface}; color: {muted}; border: none; border-bottom: 1px solid {line}; padding: 3px 11px; font-size: 12px; }
QListView#plainList { background: {surface}; border: 1px solid {line}; border-radius: 5px; padding: 4px; }
QListView#plainList:focus { border-color: {accent}; }
QListView#plainList::item { padding: 3px 6px; border: 1px solid transparent; border-radius: 4px; }
QListView#plainList::item:selected { background: {raised}; color: {text}; }
QComboBox QAbstractItemView { background: {surface}; border: 1px solid {line}; padding: 2px; }
QListView#palette { background: {surface}; border: none; }
QListView#palette::item { padding: 6px 8px; border: 1px solid transparent; border-radius: 4px; }
QListView#palette::item:selected { background: {raised}; color: {text}; }
QProgressBar { background: {raised}; border: none; border-radius: 3px; }
QProgressBar::chunk { background: {accent}; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: {line}; border-radius: 4px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: {muted}; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: {line}; }
QDialog { background: {bg}; }
QDialog#commands { background: {surface}; border: 1px solid {muted}; }
)");
    const std::pair<const char*, QColor> names[] = {{"bg", t.bg}, {"surface", t.surface}, {"raised", t.raised},
        {"line", t.line}, {"text", t.text}, {"muted", t.muted}, {"accent", t.accent}, {"onAccent", t.onAccent},
        {"heat", t.heat}, {"ok", t.ok}, {"bad", t.bad}};
    for (const auto& [name, colour] : names)
        sheet.replace(QLatin1Char('{') + QLatin1String(name) + QLatin1Char('}'), colour.name());
    return sheet;
}

double contrast(const QColor& a, const QColor& b)
{
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

Theme::Theme(QApplication& application, QObject* parent)
    : QObject(parent)
    , m_application(application)
    , m_systemDark(application.palette().color(QPalette::Window).lightness() < 128)
{
    QApplication::setStyle(new FieldStyle);
    QFont font = QApplication::font();
    font.setPointSizeF(kBodyPoints);
    QApplication::setFont(font);
    apply();
    askDesktop();
}

void Theme::setChoice(ThemeChoice choice)
{
    m_choice = choice;
    apply();
}

void Theme::apply()
{
    const bool dark = m_choice == ThemeChoice::Dark || (m_choice == ThemeChoice::System && m_systemDark);
    if (m_applied && dark == m_appliedDark)
        return;
    m_applied = true;
    m_appliedDark = dark;
    const Tokens& tokens = dark ? darkTokens() : lightTokens();
    QApplication::setPalette(paletteOf(tokens));
    m_application.setStyleSheet(styleSheetOf(tokens));
}

/// Qt 6.4 does not know the desktop's colour scheme; the desktop portal does. Nothing is waited for.
void Theme::askDesktop()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kPortal, kPortalPath, kPortalSettings, QStringLiteral("SettingChanged"), this,
        SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage question =
        QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, QStringLiteral("Read"));
    question << kAppearance << kColorScheme;
    auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
        const QDBusPendingReply<QDBusVariant> reply = *answer;
        if (reply.isValid())
            settingChanged(kAppearance, kColorScheme, reply.value());
        answer->deleteLater();
    });
}

void Theme::settingChanged(const QString& group, const QString& key, const QDBusVariant& value)
{
    if (group != kAppearance || key != kColorScheme)
        return;
    QVariant inner = value.variant();
    if (inner.canConvert<QDBusVariant>())
        inner = inner.value<QDBusVariant>().variant();
    const uint scheme = inner.toUInt(); // 0 no preference, 1 dark, 2 light
    if (scheme == 1 || scheme == 2) {
        m_systemDark = scheme == 1;
        apply();
    }
}

} // namespace clipscope
