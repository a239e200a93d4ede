// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/node_panel.h"

#include "experiment/cell_videos_view.h"
#include "experiment/figures_view.h"
#include "models/video_list_model.h"
#include "shell/column_scroll.h"
#include "shell/elided_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QTextDocumentFragment>
#include <QVBoxLayout>

#include <algorithm>

namespace clipscope {

namespace {
constexpr size_t kMostCards = 40; // neighbours that are shown as videos
constexpr int kTextWidth = 190;
} // namespace

NodePanel::NodePanel(ThumbnailCache& thumbnails, LibraryModel& videos, QWidget* parent)
    : QWidget(parent)
    , m_library(videos)
    , m_title(new ElidedLabel(Qt::ElideMiddle))
    , m_text(new QLabel)
    , m_videos(new CellVideosView(new VideoListModel(thumbnails, this)))
    , m_rows(new FiguresModel(this))
    , m_neighbours(new FiguresView(m_rows, tr("Neighbours of the node")))
{
    m_title->setObjectName(QStringLiteral("strong"));
    m_text->setTextFormat(Qt::RichText);
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* scroll = new ColumnScroll(m_text);
    scroll->setMinimumWidth(kTextWidth);
    auto* facts = new QVBoxLayout;
    facts->addWidget(m_title);
    facts->addWidget(scroll, 1);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(facts, 2);
    layout->addWidget(m_videos, 3);
    layout->addWidget(m_neighbours, 3);
    m_neighbours->setSelectionMode(QAbstractItemView::SingleSelection);
    const auto ask = [this](const QModelIndex& index) {
        if (index.isValid() && size_t(index.row()) < m_nodes.size())
            Q_EMIT nodeAsked(m_nodes[size_t(index.row())]);
    };
    connect(m_neighbours, &QAbstractItemView::clicked, this, ask);
    connect(m_neighbours, &QAbstractItemView::activated, this, ask);
    connect(m_videos, &CellVideosView::playAsked, this, &NodePanel::videoAsked);
    setNode({}, -1, {});
}

void NodePanel::setNode(const GraphReading& reading, int node, const std::vector<VideoId>& ofNodes)
{
    const bool isChosen = reading.graph() && node >= 0;
    m_videos->setVisible(isChosen && !ofNodes.empty());
    m_neighbours->setVisible(isChosen && ofNodes.empty());
    std::vector<VideoListModel::Row> cards;
    if (!isChosen) {
        m_title->setWhole({});
        m_text->setText(tr("Click a node in the graph or a row of the list."));
        m_rows->setTable({});
        m_nodes.clear();
    } else {
        GraphReading::Nodes neighbours = reading.neighbours(node);
        m_title->setWhole(tr("Node %1").arg(reading.nodeName(node)));
        m_text->setText(reading.nodeText(node) + QStringLiteral("<br>") + neighbours.title);
        const auto add = [&](int which, const QString& note) {
            const VideoRecord* video =
                size_t(which) < ofNodes.size() ? m_library.videoById(ofNodes[size_t(which)]) : nullptr;
            if (video)
                cards.push_back({*video, note});
        };
        add(node, tr("this node"));
        for (size_t row = 0; row < std::min(neighbours.nodes.size(), kMostCards); ++row) {
            const auto& cells = neighbours.table.rows[row];
            add(neighbours.nodes[row], cells[2].text.isEmpty() ? cells[1].text : cells[2].text);
        }
        m_nodes = std::move(neighbours.nodes);
        m_rows->setTable(std::move(neighbours.table));
    }
    m_videos->list().setRows(std::move(cards));
}

QString NodePanel::text() const
{
    return QTextDocumentFragment::fromHtml(m_text->text()).toPlainText();
}

} // namespace clipscope
