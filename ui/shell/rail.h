// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QButtonGroup;
class QVBoxLayout;

namespace clipscope {

/// The pages, one icon and one word each, the active one marked by a bar.
class Rail : public QWidget {
    Q_OBJECT
public:
    explicit Rail(QWidget* parent = nullptr);
    /// `icon` is a name in resources/icons; pages are numbered in the order they are added.
    void addPage(const QString& icon, const QString& word);
    void setPageToolTip(int page, const QString& text);
    void setCurrent(int page);

Q_SIGNALS:
    void pageChosen(int page);

protected:
    void changeEvent(QEvent* event) override;

private:
    void paintIcons();

    QButtonGroup* m_buttons = nullptr;
    QVBoxLayout* m_layout = nullptr;
};

/// An icon of resources/icons in the colours of `palette`: muted, and the text's colour where it is checked.
QIcon themedIcon(const QString& name, const QPalette& palette);

} // namespace clipscope
