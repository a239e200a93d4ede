// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/page_stack.h"

#include "shell/action_registry.h"
#include "shell/page.h"
#include "shell/rail.h"

#include <QAction>
#include <QKeySequence>

namespace clipscope {

namespace {
constexpr int kNumberKeys = 9;
}

PageStack::PageStack(Rail& rail, ActionRegistry& actions, QWidget* parent)
    : QStackedWidget(parent)
    , m_rail(rail)
    , m_actions(actions)
{
    connect(&rail, &Rail::pageChosen, this, [this](int page) { Q_EMIT chosen(widget(page)); });
    QAction* exporting = actions.add(QStringLiteral("figure.export"), tr("Window"), tr("E&xport figure"),
        {QKeySequence(Qt::CTRL | Qt::Key_E)}, {}, [this] {
            if (Page* page = experiment())
                page->exportFigure();
        });
    QAction* running = actions.add(
        QStringLiteral("page.run"), tr("Window"), tr("&Run the experiment"), {QKeySequence(Qt::Key_F5)}, {}, [this] {
            if (Page* page = experiment())
                page->run();
        });
    const auto allow = [this, exporting, running] {
        for (QAction* action : {exporting, running})
            action->setEnabled(experiment());
        const QString word = experiment() ? experiment()->runWord() : QString();
        running->setText(word.isEmpty() ? tr("&Run the experiment") : word);
    };
    connect(this, &QStackedWidget::currentChanged, this, allow);
    connect(this, &QStackedWidget::currentChanged, this, &QWidget::updateGeometry);
    allow();
    actions.add(QStringLiteral("view.back"), tr("Window"), tr("Page &before"), {QKeySequence(Qt::ALT | Qt::Key_Left)},
        {}, [this] { back(); });
}

void PageStack::add(const QString& id, QWidget* page, const QString& icon, const QString& word, const QString& toolTip)
{
    addWidget(page);
    m_ids << id;
    const int number = count();
    QList<QKeySequence> keys;
    if (number <= kNumberKeys)
        keys << QKeySequence(Qt::CTRL | Qt::Key(Qt::Key_0 + number));
    QAction* action = m_actions.add(
        QStringLiteral("view.") + id, tr("Window"), word, keys, {}, [this, page] { Q_EMIT chosen(page); });
    m_rail.addPage(icon, word);
    // The user may give the page another key.
    const auto tellKey = [this, action, page, toolTip] {
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        m_rail.setPageToolTip(indexOf(page), key.isEmpty() ? toolTip : tr("%1 (%2)").arg(toolTip, key));
    };
    connect(action, &QAction::changed, this, tellKey);
    tellKey();
}

void PageStack::addExperiments(const std::vector<PageEntry>& entries, const PageServices& services)
{
    for (const PageEntry& entry : entries) {
        Page* page = entry.make(services);
        add(entry.id, page, entry.icon, entry.word, entry.toolTip);
        page->addActions(m_actions);
        connectExperiment(page);
    }
}

void PageStack::addInner(const QString& id, Page* page)
{
    addWidget(page);
    m_ids << id;
    m_inner << id;
    page->addActions(m_actions);
    connectExperiment(page);
}

void PageStack::connectExperiment(Page* page)
{
    connect(page, &Page::videoAsked, this, &PageStack::videoAsked);
    connect(page, &Page::said, this, &PageStack::said);
    connect(page, &Page::failed, this, &PageStack::failed);
    connect(page, &Page::acted, this, &PageStack::acted);
    connect(page, &Page::marksAsked, this, &PageStack::marksAsked);
    connect(page, &Page::commandAsked, this, [this, page] {
        if (const QString command = page->command(); !command.isEmpty())
            Q_EMIT copyAsked(command);
    });
    connect(page, &Page::actionAsked, this, [this](const QString& id) {
        if (QAction* action = m_actions.action(id))
            action->trigger();
    });
}

void PageStack::showPage(QWidget* page)
{
    if (page != currentWidget())
        m_before = currentWidget();
    setCurrentWidget(page);
    if (!m_inner.contains(m_ids.value(currentIndex())))
        m_rail.setCurrent(currentIndex());
    if (Page* shown = experiment(); shown && shown != focusWidget())
        shown->setFocus(Qt::OtherFocusReason);
}

void PageStack::showId(const QString& id)
{
    if (const qsizetype place = m_ids.indexOf(id); place >= 0)
        showPage(widget(int(place)));
}

void PageStack::back()
{
    if (m_before)
        Q_EMIT chosen(m_before);
}

QString PageStack::currentId() const
{
    const QString id = m_ids.value(currentIndex());
    return m_inner.contains(id) ? m_ids.value(indexOf(m_before)) : id;
}

QStringList PageStack::actionIds() const
{
    QStringList out;
    for (const QString& id : m_ids)
        if (!m_inner.contains(id))
            out << QStringLiteral("view.") + id;
    return out;
}

Page* PageStack::page(const QString& id) const
{
    const qsizetype place = m_ids.indexOf(id);
    return place < 0 ? nullptr : qobject_cast<Page*>(widget(int(place)));
}

Page* PageStack::experiment() const
{
    return qobject_cast<Page*>(currentWidget());
}

void PageStack::tellLibrary(const LibraryInView& view)
{
    for (const auto& [id, page] : experiments())
        page->setLibrary(view);
}

std::map<QString, QByteArray> PageStack::layouts() const
{
    std::map<QString, QByteArray> out;
    for (const auto& [id, page] : experiments())
        out[id] = page->layoutState();
    return out;
}

void PageStack::restoreLayouts(const std::map<QString, QByteArray>& layouts)
{
    for (const auto& [id, page] : experiments())
        if (const auto found = layouts.find(id); found != layouts.end())
            page->restoreLayout(found->second);
}

QSize PageStack::minimumSizeHint() const
{
    const QWidget* page = currentWidget();
    return page ? page->minimumSizeHint().expandedTo(page->minimumSize()) : QStackedWidget::minimumSizeHint();
}

std::vector<std::pair<QString, Page*>> PageStack::experiments() const
{
    std::vector<std::pair<QString, Page*>> out;
    for (int i = 0; i < count(); ++i)
        if (auto* page = qobject_cast<Page*>(widget(i)))
            out.emplace_back(m_ids[i], page);
    return out;
}

} // namespace clipscope
